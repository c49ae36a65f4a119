"""The three database roles and what each may do, as SQL text: one definition for launcher, commands and tests."""

from collections.abc import Collection, Iterable, Iterator

OWNER = "mandate_owner"  # owns every table and migrates
APPLICATION = "mandate_app"  # reads and writes rows; never the schema, never what is already in an append-only table
READER = "mandate_bi_ro"  # for BI tools that read SQL


def create_roles() -> str:
    """The roles, where they do not exist yet. They come without passwords: those are for the DBA to set."""
    return "\n".join(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN CREATE ROLE {role} LOGIN; END IF; END $$;"
        for role in (OWNER, APPLICATION, READER)
    )


def create_database(name: str, *, template: str = "template1") -> str:
    """A database that belongs to the owner, who alone can then change its schema."""
    return f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}";'


def drop_database(name: str) -> str:
    """Whoever is still connected is thrown out."""
    return f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE);'


def grants(tables: Iterable[str], *, append_only: Collection[str], read_only: Collection[str]) -> Iterator[str]:
    """What the application may do after a migration. A table not named here is out of its reach."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION};"
    for table in tables:
        yield f'GRANT {", ".join(rights(table, append_only, read_only))} ON "{table}" TO {APPLICATION};'
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION};"


def rights(table: str, append_only: Collection[str], read_only: Collection[str]) -> list[str]:
    """TRUNCATE, REFERENCES and TRIGGER are never among them."""
    if table in read_only:
        return ["SELECT"]
    if table in append_only:
        return ["SELECT", "INSERT"]
    return ["SELECT", "INSERT", "UPDATE", "DELETE"]
