"""What the database itself sees to at the gates: who may not decide, on which dossier, and no move without a decision."""

from django.db import migrations

# A request is asked with a dossier that its hash fits, and stays as it was asked. The facts in the dossier may be
# brought up to date only by the very update that decides: what was decided on is then what was seen.
DOSSIER = """
ALTER TABLE decisions_gatedecision ADD CONSTRAINT gate_sha256_is_of_its_dossier
    CHECK (sha256 = encode(sha256(convert_to(dossier, 'UTF8')), 'hex'));
CREATE FUNCTION decisions_gate_request_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (new.initiative_id, new.gate, new.requested_by_id, new.requested_at)
        IS DISTINCT FROM (old.initiative_id, old.gate, old.requested_by_id, old.requested_at)
        OR (new.sha256 <> old.sha256 AND new.choice IS NULL)
    THEN
        RAISE EXCEPTION 'a request for a gate stays as it was asked'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gate_request_stays_as_it_was_asked';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER gate_request_stays BEFORE UPDATE ON decisions_gatedecision
    FOR EACH ROW EXECUTE FUNCTION decisions_gate_request_stays();
"""

# Decided or voided, not a byte changes; and nothing that was asked disappears.
CLOSED = """
CREATE TRIGGER gate_decided_stays BEFORE UPDATE ON decisions_gatedecision
    FOR EACH ROW WHEN (old.choice IS NOT NULL OR old.voided_at IS NOT NULL)
    EXECUTE FUNCTION ownership_refuse_change('gate_decision_is_made_once');
CREATE TRIGGER gate_request_is_kept BEFORE DELETE ON decisions_gatedecision
    FOR EACH ROW EXECUTE FUNCTION ownership_refuse_change('gate_request_is_kept');
CREATE TRIGGER gate_requests_are_kept BEFORE TRUNCATE ON decisions_gatedecision
    FOR EACH STATEMENT EXECUTE FUNCTION ownership_refuse_change('gate_request_is_kept');
"""

# Who may not decide is computed here, from the ledger and the appointments, whatever the caller claims: who asked, all
# who ever held the owner seat, and all who edited since the last yes. (Since the last yes, not the last answer: whoever
# wrote what was sent back wrote much of what comes again.) The lock lets one request or decision at a time pass.
EXCLUDED = """
CREATE FUNCTION decisions_gate_excluded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner_seat bigint;
    chain text := 'initiative:' || new.initiative_id;
    last_yes bigint;
BEGIN
    SELECT owner_id INTO owner_seat FROM initiatives_initiative WHERE id = new.initiative_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' AND new.choice IS NOT NULL THEN
        RAISE EXCEPTION 'a gate is first asked for, then decided'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gate_is_asked_before_it_is_decided';
    END IF;
    IF new.choice IS NOT NULL AND EXISTS (
        SELECT FROM decisions_gatedecision WHERE initiative_id = new.initiative_id AND id > new.id
    ) THEN
        RAISE EXCEPTION 'a newer request was made for this initiative'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gate_decision_is_on_the_newest_request';
    END IF;
    SELECT coalesce(max(e.seq), 0) INTO last_yes
    FROM ownership_event e
    JOIN decisions_gatedecision d ON d.id::text = e.data->>'subject_id'
    WHERE e.stream = chain AND e.data->>'subject' = 'decisions.gatedecision'
        AND e.data->>'action' IN ('gate.approved', 'gate.iterated')
        AND d.initiative_id = new.initiative_id AND d.choice IN ('approve', 'iterate');
    SELECT coalesce(array_agg(DISTINCT person ORDER BY person), '{}') INTO new.excluded FROM (
        SELECT new.requested_by_id AS person
        UNION ALL
        SELECT person_id FROM ownership_appointment WHERE seat_id = owner_seat AND accepted_at IS NOT NULL
        UNION ALL
        SELECT actor_id FROM ownership_event WHERE stream = chain AND seq > last_yes AND data->>'action' IN (
            'initiative.drafted', 'initiative.edited', 'target.set', 'kill_criterion.added', 'kill_criterion.withdrawn',
            'page_set.added')
    ) AS related WHERE person IS NOT NULL;
    RETURN new;
END $$;
CREATE TRIGGER gate_excluded BEFORE INSERT OR UPDATE ON decisions_gatedecision
    FOR EACH ROW EXECUTE FUNCTION decisions_gate_excluded();
"""

# At commit: a move that a gate guards has the decision that allowed it.
MOVES = """
CREATE FUNCTION decisions_move_is_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed text[] := CASE new.from_state || ' ' || new.to_state
        WHEN 'submitted baselining' THEN '{G1,approve}'
        WHEN 'baselining pilot' THEN '{G2,approve}'
        WHEN 'review scaling' THEN '{G3,approve}'
        WHEN 'review pilot' THEN '{G3,iterate}'
        WHEN 'scaling embedded' THEN '{G4,approve}'
    END;
BEGIN
    IF needed IS NOT NULL AND NOT EXISTS (
        SELECT FROM decisions_gatedecision
        WHERE transition_id = new.id AND initiative_id = new.initiative_id AND gate = needed[1] AND choice = needed[2]
    ) THEN
        RAISE EXCEPTION 'no decision allows the move from % to %', new.from_state, new.to_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_through_a_gate_has_its_decision';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER move_is_decided AFTER INSERT ON initiatives_transition
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION decisions_move_is_decided();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0001_initial"),
        ("initiatives", "0001_initial"),
        ("ownership", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            DOSSIER,
            """
            ALTER TABLE decisions_gatedecision DROP CONSTRAINT gate_sha256_is_of_its_dossier;
            DROP TRIGGER gate_request_stays ON decisions_gatedecision;
            DROP FUNCTION decisions_gate_request_stays();
            """,
        ),
        migrations.RunSQL(
            CLOSED,
            """
            DROP TRIGGER gate_decided_stays ON decisions_gatedecision;
            DROP TRIGGER gate_request_is_kept ON decisions_gatedecision;
            DROP TRIGGER gate_requests_are_kept ON decisions_gatedecision;
            """,
        ),
        migrations.RunSQL(
            EXCLUDED,
            "DROP TRIGGER gate_excluded ON decisions_gatedecision; DROP FUNCTION decisions_gate_excluded();",
        ),
        migrations.RunSQL(
            MOVES,
            "DROP TRIGGER move_is_decided ON initiatives_transition; DROP FUNCTION decisions_move_is_decided();",
        ),
    ]
