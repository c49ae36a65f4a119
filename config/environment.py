"""What the environment may say: every variable is named here, and anything else called MANDATE_* is refused."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent

KNOWN = {
    "MANDATE_API_RATE",
    "MANDATE_BROKER_URL",
    "MANDATE_CLOCK",
    "MANDATE_DATA_DIR",
    "MANDATE_DEV",
    "MANDATE_LOG",
    "MANDATE_OUTBOUND",
    "MANDATE_PRIVATE_NETS",
    "MANDATE_PROXIES",
    "MANDATE_SECRET_KEYS",
    "MANDATE_URL",
}
SOURCE_SECRETS = "MANDATE_SECRET_"  # MANDATE_SECRET_<NAME> is what a source's secret reference names


@dataclass(frozen=True)
class Environment:
    """The settings of one process, checked once at start."""

    dev: bool
    data_dir: Path
    database_url: str
    database_owner_url: str
    broker_url: str  # empty: the in-memory broker
    url: str
    secret_keys: list[str]
    outbound: bool
    private_nets: list[str]
    proxies: list[str]
    log: str
    clock: str
    api_rate: str  # requests a minute per token, or "off"


def read(env: Mapping[str, str] = os.environ) -> Environment:
    """Read and check the environment; a refusal names the variable and the remedy."""
    for name in env:
        if (
            name.startswith("MANDATE_")
            and name.removesuffix("_FILE") not in KNOWN
            and not name.startswith(SOURCE_SECRETS)
        ):
            raise ImproperlyConfigured(f"{name} is not a variable of Mandate. Known: {', '.join(sorted(KNOWN))}.")
    dev = _get(env, "MANDATE_DEV") == "1"
    keys = [key for key in _get(env, "MANDATE_SECRET_KEYS").split(",") if key]
    url = _get(env, "MANDATE_URL") or ("http://127.0.0.1:8000" if dev else "")
    database_url = _get(env, "DATABASE_URL")
    if not dev and not keys:
        raise ImproperlyConfigured("MANDATE_SECRET_KEYS is missing: give one or more random keys, newest first.")
    if not url.startswith(("http://", "https://")):
        raise ImproperlyConfigured("MANDATE_URL is missing: give the address of this installation, https://….")
    if not database_url:
        raise ImproperlyConfigured(
            "DATABASE_URL is missing: postgres://user:password@host/name, or start with `make run`."
        )
    api_rate = _get(env, "MANDATE_API_RATE") or "600"
    if api_rate != "off" and not (api_rate.isascii() and api_rate.isdigit() and int(api_rate)):
        raise ImproperlyConfigured(
            "MANDATE_API_RATE is wrong: give requests a minute per token, for instance 600, or off."
        )
    return Environment(
        dev=dev,
        data_dir=Path(_get(env, "MANDATE_DATA_DIR") or ROOT / "var"),
        database_url=database_url,
        database_owner_url=_get(env, "DATABASE_OWNER_URL") or database_url,
        broker_url=_get(env, "MANDATE_BROKER_URL") or _get(env, "REDIS_URL"),
        url=url.rstrip("/"),
        secret_keys=keys or ["only-for-development-on-this-machine"],
        outbound=_get(env, "MANDATE_OUTBOUND") != "off",
        private_nets=_get(env, "MANDATE_PRIVATE_NETS").split(),
        proxies=_get(env, "MANDATE_PROXIES").split(),
        log=_get(env, "MANDATE_LOG") or "json",
        clock=_get(env, "MANDATE_CLOCK"),
        api_rate=api_rate,
    )


def _get(env: Mapping[str, str], name: str) -> str:
    """The value of NAME, or the content of the file that NAME_FILE points to."""
    if path := env.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return env.get(name, "").strip()
