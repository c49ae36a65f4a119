"""What the database itself sees to: paths of units, holders of seats, the chains of the ledger."""

from django.db import migrations

from ownership.triggers import append_only

REFUSE = """
CREATE FUNCTION ownership_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once and never changed', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = coalesce(TG_ARGV[0], TG_TABLE_NAME || '_is_append_only');
END $$;
"""

UNIT_PATH = """
CREATE FUNCTION ownership_unit_path() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above text := '/';
BEGIN
    IF new.parent_id IS NOT NULL THEN
        SELECT path INTO above FROM ownership_unit WHERE id = new.parent_id FOR SHARE;
        IF above LIKE '%/' || new.id || '/%' OR new.parent_id = new.id THEN
            RAISE EXCEPTION 'a unit cannot stand below itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_is_not_below_itself';
        END IF;
    END IF;
    new.path := above || new.id || '/';
    RETURN new;
END $$;
CREATE FUNCTION ownership_unit_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ownership_unit SET parent_id = parent_id WHERE parent_id = new.id;
    RETURN NULL;
END $$;
CREATE TRIGGER unit_path BEFORE INSERT OR UPDATE OF parent_id, path ON ownership_unit
    FOR EACH ROW EXECUTE FUNCTION ownership_unit_path();
CREATE TRIGGER unit_children AFTER UPDATE ON ownership_unit
    FOR EACH ROW WHEN (old.path IS DISTINCT FROM new.path) EXECUTE FUNCTION ownership_unit_children();
"""

HOLDERS = """
ALTER TABLE ownership_appointment ADD CONSTRAINT appointment_is_one_at_a_time
    EXCLUDE USING gist (int8range(seat_id, seat_id, '[]') WITH &&, tstzrange(accepted_at, closed_at) WITH &&)
    WHERE (accepted_at IS NOT NULL);
CREATE FUNCTION ownership_seat_matches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE seat bigint := CASE TG_TABLE_NAME WHEN 'ownership_seat' THEN new.id ELSE (to_jsonb(new)->>'seat_id')::bigint END;
BEGIN
    IF EXISTS (
        SELECT FROM ownership_seat s
        LEFT JOIN ownership_appointment a
            ON a.seat_id = s.id AND a.accepted_at IS NOT NULL AND a.closed_at IS NULL
        WHERE s.id = seat AND s.holder_id IS DISTINCT FROM a.person_id
    ) THEN
        RAISE EXCEPTION 'the holder of seat % is not the person whose appointment is open', seat
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_holder_is_the_person_appointed';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER seat_matches AFTER INSERT OR UPDATE ON ownership_seat
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ownership_seat_matches();
CREATE CONSTRAINT TRIGGER appointment_matches AFTER INSERT OR UPDATE ON ownership_appointment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ownership_seat_matches();
"""

# The function runs as its owner: the application may insert an event and touch neither its chain nor the heads.
CHAIN = r"""
CREATE FUNCTION ownership_stream_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.seq := 0;
    new.hash := '';
    RETURN new;
END $$;
CREATE TRIGGER stream_begins BEFORE INSERT ON ownership_stream
    FOR EACH ROW EXECUTE FUNCTION ownership_stream_begins();
CREATE FUNCTION ownership_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ownership_stream (name, seq, hash) VALUES (new.stream, 0, '') ON CONFLICT DO NOTHING;
    UPDATE ownership_stream SET seq = seq + 1 WHERE name = new.stream RETURNING seq, hash INTO new.seq, new.prev_hash;
    new.recorded_at := clock_timestamp();
    new.actor_id := (new.body::jsonb->>'actor')::bigint;
    new.hash := sha256(new.prev_hash || convert_to(concat_ws(E'\n', new.stream, new.seq,
        to_char(new.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), new.body), 'UTF8'));
    UPDATE ownership_stream SET hash = new.hash WHERE name = new.stream;
    RETURN new;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON ownership_event FOR EACH ROW EXECUTE FUNCTION ownership_chain();
CREATE FUNCTION ownership_stream_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the head of a stream cannot be removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'stream_head_stays';
END $$;
CREATE TRIGGER stream_stays BEFORE DELETE ON ownership_stream
    FOR EACH ROW EXECUTE FUNCTION ownership_stream_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("ownership", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION ownership_refuse_change();"),
        migrations.RunSQL(
            UNIT_PATH,
            """
            DROP TRIGGER unit_path ON ownership_unit;
            DROP TRIGGER unit_children ON ownership_unit;
            DROP FUNCTION ownership_unit_path();
            DROP FUNCTION ownership_unit_children();
            """,
        ),
        migrations.RunSQL(
            HOLDERS,
            """
            ALTER TABLE ownership_appointment DROP CONSTRAINT appointment_is_one_at_a_time;
            DROP TRIGGER seat_matches ON ownership_seat;
            DROP TRIGGER appointment_matches ON ownership_appointment;
            DROP FUNCTION ownership_seat_matches();
            """,
        ),
        migrations.RunSQL(
            CHAIN,
            """
            DROP TRIGGER stream_begins ON ownership_stream;
            DROP TRIGGER stream_stays ON ownership_stream;
            DROP TRIGGER chain ON ownership_event;
            DROP FUNCTION ownership_stream_begins();
            DROP FUNCTION ownership_stream_stays();
            DROP FUNCTION ownership_chain();
            """,
        ),
        append_only("ownership_event"),
    ]
