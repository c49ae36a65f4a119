"""Where figures can be fetched: one module per kind. A connector asks one source for some days and says what it got.

Plain Python: it is handed its client and its secret, knows neither clock nor database, and raises only `Trouble`.
"""

from metrics.sources import dataforseo, ga4, http, plausible, searchconsole, sql
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    BudgetFull,
    Connector,
    Cost,
    NoData,
    Observation,
    Outside,
    Profile,
    RateLimited,
    Reply,
    Transient,
    Trouble,
    Window,
    typed,
)

CONNECTORS: dict[str, Connector] = {
    "searchconsole": searchconsole,
    "ga4": ga4,
    "plausible": plausible,
    "http": http,
    "sql": sql,
    "dataforseo": dataforseo,
}

__all__ = [
    "CONNECTORS",
    "Asked",
    "AuthFailed",
    "BadConfig",
    "BudgetFull",
    "Connector",
    "Cost",
    "NoData",
    "Observation",
    "Outside",
    "Profile",
    "RateLimited",
    "Reply",
    "Transient",
    "Trouble",
    "Window",
    "typed",
]
