"""Where figures can be fetched: one module per kind. A connector asks one source for some days and says what it got.

Plain Python: it is handed its HTTP client and its secret, knows neither clock nor database, and raises only `Trouble`.
"""

from metrics.sources import http
from metrics.sources.connector import (
    Asked,
    AuthFailed,
    BadConfig,
    Connector,
    Observation,
    RateLimited,
    Rhythm,
    Transient,
    Trouble,
)

CONNECTORS: dict[str, Connector] = {"http": http}

__all__ = [
    "CONNECTORS",
    "Asked",
    "AuthFailed",
    "BadConfig",
    "Connector",
    "Observation",
    "RateLimited",
    "Rhythm",
    "Transient",
    "Trouble",
]
