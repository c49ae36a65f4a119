"""Triggers that several apps' migrations put on their tables."""

from django.db.migrations import RunSQL


def append_only(table: str) -> RunSQL:
    """Refuse to change, delete or truncate rows, to the owner too. (A superuser can; `verify_ledger` finds that.)"""
    return RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION ownership_refuse_change();
        CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION ownership_refuse_change();
        """,
        f"""
        DROP TRIGGER append_only ON {table};
        DROP TRIGGER append_only_whole ON {table};
        """,
    )


def frozen_once(table: str, *, condition: str, rule: str) -> RunSQL:
    """Refuse to change or delete a row for which `condition` on `old` holds; `rule` names it in the refusal."""
    return RunSQL(
        f"""
        CREATE TRIGGER {rule} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION ownership_refuse_change('{rule}');
        """,
        f"DROP TRIGGER {rule} ON {table};",
    )
