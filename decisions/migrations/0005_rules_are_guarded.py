"""What the database itself sees to: published rules never change by a byte, and what was judged or decided stays."""

from django.db import migrations

from ownership.triggers import append_only

# Every version begins as a draft; author, number and scope are its birth marks, so nobody publishes an own draft by
# changing its author on the way. From publication on only `retired` may follow, and nothing else moves with it.
VERSIONS = """
CREATE FUNCTION decisions_rule_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step text := CASE TG_OP WHEN 'INSERT' THEN 'new ' || new.state ELSE old.state || ' ' || new.state END;
BEGIN
    IF step NOT IN ('new draft', 'draft draft', 'draft in_review', 'in_review draft', 'in_review published',
                    'published retired') THEN
        RAISE EXCEPTION 'a rule version does not go from % to %', split_part(step, ' ', 1), new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_version_takes_one_step_at_a_time';
    END IF;
    IF TG_OP = 'UPDATE' AND (new.rule_set_id, new.number, new.author_id, new.created_at)
        IS DISTINCT FROM (old.rule_set_id, old.number, old.author_id, old.created_at) THEN
        RAISE EXCEPTION 'scope, number and author of a rule version are those it was drafted with'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_version_keeps_its_author';
    END IF;
    IF step IN ('in_review published', 'published retired') AND
        (new."table", new.hit_policy, new.sha256) IS DISTINCT FROM (old."table", old.hit_policy, old.sha256)
        OR step = 'published retired' AND (new.publisher_id, new.published_at, new.review_by, new.is_shadow)
        IS DISTINCT FROM (old.publisher_id, old.published_at, old.review_by, old.is_shadow) THEN
        RAISE EXCEPTION 'published rules never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_version_published_never_changes';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER rule_version_stays BEFORE INSERT OR UPDATE ON decisions_rulesetversion
    FOR EACH ROW EXECUTE FUNCTION decisions_rule_version_stays();
CREATE TRIGGER rule_version_is_kept BEFORE DELETE ON decisions_rulesetversion
    FOR EACH ROW EXECUTE FUNCTION ownership_refuse_change('rule_version_is_kept');
CREATE TRIGGER rule_versions_are_kept BEFORE TRUNCATE ON decisions_rulesetversion
    FOR EACH STATEMENT EXECUTE FUNCTION ownership_refuse_change('rule_version_is_kept');
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_rules_in_use"), ("ownership", "0002_guards")]

    operations = [
        migrations.RunSQL(
            VERSIONS,
            """
            DROP TRIGGER rule_version_stays ON decisions_rulesetversion;
            DROP TRIGGER rule_version_is_kept ON decisions_rulesetversion;
            DROP TRIGGER rule_versions_are_kept ON decisions_rulesetversion;
            DROP FUNCTION decisions_rule_version_stays();
            """,
        ),
        append_only("decisions_evaluation"),
        append_only("decisions_decision"),
    ]
