"""What the database itself sees to: moves along the lifecycle, locked baselines, honest targets, no lead claimed twice."""

from django.db import migrations

from ownership.triggers import append_only, frozen_once

# The transition says in which transaction it was written, whatever the caller claims, and continues from where the
# initiative stands. The newest one must still say where it stands when the transaction ends.
TRANSITIONS = """
CREATE FUNCTION initiatives_transition_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.xid := pg_current_xact_id()::text::bigint;
    IF NOT EXISTS (
        SELECT FROM initiatives_initiative
        WHERE id = new.initiative_id AND version = new.version AND state = new.from_state
    ) THEN
        RAISE EXCEPTION 'initiative % is not % at version %', new.initiative_id, new.from_state, new.version
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_starts_where_the_initiative_stands';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER transition_begins BEFORE INSERT ON initiatives_transition
    FOR EACH ROW EXECUTE FUNCTION initiatives_transition_begins();
CREATE FUNCTION initiatives_transition_was_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM initiatives_transition WHERE initiative_id = new.initiative_id AND version > new.version)
        AND NOT EXISTS (
            SELECT FROM initiatives_initiative WHERE id = new.initiative_id AND state = new.to_state
        )
    THEN
        RAISE EXCEPTION 'initiative % did not move to %', new.initiative_id, new.to_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_was_taken';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transition_was_taken AFTER INSERT ON initiatives_transition
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives_transition_was_taken();
"""

# initiatives/lifecycle.py holds the same edges; a test compares the two.
STATES = """
CREATE FUNCTION initiatives_may_move(was text, becomes text, paused_from text) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(becomes = ANY (CASE was
        WHEN 'draft' THEN '{submitted,withdrawn}'
        WHEN 'submitted' THEN '{baselining,draft,rejected,stopped,withdrawn}'
        WHEN 'baselining' THEN '{pilot,draft,paused,stopped}'
        WHEN 'pilot' THEN '{review,paused,stopped}'
        WHEN 'review' THEN '{scaling,pilot,paused,stopped}'
        WHEN 'scaling' THEN '{embedded,review,paused,stopped}'
        WHEN 'embedded' THEN '{review,paused,stopped}'
        WHEN 'paused' THEN ARRAY[paused_from, 'stopped']
    END::text[]), false)
$$;
CREATE FUNCTION initiatives_state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF new.state <> 'draft' THEN
            RAISE EXCEPTION 'an initiative begins as a draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'initiative_begins_as_a_draft';
        END IF;
    ELSIF NOT initiatives_may_move(old.state, new.state, old.paused_from)
        OR (new.state = 'paused' AND new.paused_from IS DISTINCT FROM old.state)
    THEN
        RAISE EXCEPTION 'an initiative cannot go from % to %', old.state, new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'initiative_moves_along_the_lifecycle';
    ELSIF NOT EXISTS (
        SELECT FROM initiatives_transition
        WHERE initiative_id = new.id AND version = new.version AND from_state = old.state AND to_state = new.state
            AND xid = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'no transition of this transaction moves initiative % from % to %', new.id, old.state, new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'initiative_moves_by_a_transition';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER state_begins BEFORE INSERT ON initiatives_initiative
    FOR EACH ROW EXECUTE FUNCTION initiatives_state_guard();
CREATE TRIGGER state_moves BEFORE UPDATE ON initiatives_initiative
    FOR EACH ROW WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION initiatives_state_guard();
CREATE TRIGGER pause_stays BEFORE UPDATE ON initiatives_initiative
    FOR EACH ROW WHEN (old.state = new.state AND old.paused_from IS DISTINCT FROM new.paused_from)
    EXECUTE FUNCTION ownership_refuse_change('initiative_resumes_where_it_was_paused');
"""

# Turning somebody's main KPI into an output metric fails here, whoever tries.
TARGETS = """
ALTER TABLE initiatives_target ADD CONSTRAINT target_class_and_chain_are_those_of_its_kpi
    FOREIGN KEY (kpi_id, metric_class, chain) REFERENCES metrics_kpi (id, metric_class, chain) ON UPDATE CASCADE;
"""

# Only valued targets of live initiatives claim a share. The lock on the KPI makes those who claim it at once wait for
# each other; the sum is then read anew.
ATTRIBUTION = """
CREATE FUNCTION initiatives_attribution_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed bigint;
    total double precision;
BEGIN
    FOR claimed IN
        SELECT DISTINCT kpi_id FROM initiatives_target
        WHERE superseded_at IS NULL AND value_likely IS NOT NULL
            AND CASE TG_TABLE_NAME WHEN 'initiatives_target' THEN id = new.id ELSE initiative_id = new.id END
        ORDER BY kpi_id
    LOOP
        PERFORM FROM metrics_kpi WHERE id = claimed FOR NO KEY UPDATE;
        SELECT sum(t.attribution) INTO total
        FROM initiatives_target t JOIN initiatives_initiative i ON i.id = t.initiative_id
        WHERE t.kpi_id = claimed AND t.superseded_at IS NULL AND t.value_likely IS NOT NULL
            AND i.state IN ('submitted', 'baselining', 'pilot', 'review', 'scaling', 'embedded', 'paused');
        IF total > 1 + 1e-9 THEN
            RAISE EXCEPTION 'live initiatives claim % of KPI %', total, claimed
                USING ERRCODE = 'check_violation', CONSTRAINT = 'target_shares_of_a_kpi_add_up_to_one_at_most';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER attribution_of_target AFTER INSERT OR UPDATE ON initiatives_target
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives_attribution_guard();
CREATE CONSTRAINT TRIGGER attribution_of_initiative AFTER UPDATE OF state ON initiatives_initiative
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives_attribution_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0001_initial"),
        ("metrics", "0001_initial"),
        ("ownership", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(
            TRANSITIONS,
            """
            DROP TRIGGER transition_begins ON initiatives_transition;
            DROP TRIGGER transition_was_taken ON initiatives_transition;
            DROP FUNCTION initiatives_transition_begins();
            DROP FUNCTION initiatives_transition_was_taken();
            """,
        ),
        migrations.RunSQL(
            STATES,
            """
            DROP TRIGGER state_begins ON initiatives_initiative;
            DROP TRIGGER state_moves ON initiatives_initiative;
            DROP TRIGGER pause_stays ON initiatives_initiative;
            DROP FUNCTION initiatives_state_guard();
            DROP FUNCTION initiatives_may_move(text, text, text);
            """,
        ),
        migrations.RunSQL(
            TARGETS, "ALTER TABLE initiatives_target DROP CONSTRAINT target_class_and_chain_are_those_of_its_kpi;"
        ),
        migrations.RunSQL(
            ATTRIBUTION,
            """
            DROP TRIGGER attribution_of_target ON initiatives_target;
            DROP TRIGGER attribution_of_initiative ON initiatives_initiative;
            DROP FUNCTION initiatives_attribution_guard();
            """,
        ),
        frozen_once(
            "initiatives_baseline", condition="old.locked_at IS NOT NULL", rule="baseline_that_is_locked_stays"
        ),
        append_only("initiatives_transition"),
        append_only("initiatives_verdict"),
        append_only("initiatives_flip"),
        append_only("initiatives_answer"),
        append_only("initiatives_costentry"),
    ]
