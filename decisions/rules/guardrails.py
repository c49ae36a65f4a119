"""Which guardrails open the breaker of a domain: those that its rules name. Pure."""

from collections.abc import Collection, Iterable

from decisions.rules.authority import Authority


def bound(rows: Iterable[tuple[Authority, Collection[str]]]) -> frozenset[str] | None:
    """The KPI types of those guardrails, from the authority of each row and the types that it names; None: all.

    A row by which something is applied before a person saw it, and that names none, is guarded by all of them. Where
    no row lets anything happen unseen, they all count too.
    """
    listed = list(rows)
    unseen = [names for authority, names in listed if is_unseen(authority)]
    if not all(unseen) or not unseen:
        return None
    return frozenset(name for _authority, names in listed for name in names)


def is_unseen(authority: Authority) -> bool:
    """Whether something is applied by it before a person saw it."""
    return authority.is_ai or authority is Authority.EXPERIMENT


def is_less(now: frozenset[str] | None, before: frozenset[str] | None) -> bool:
    """Whether a break that opened the breaker before no longer does."""
    return now is not None and (before is None or not before <= now)
