"""One line of JSON per log entry, with the request id and the way in. No body, token or query is ever logged."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from ownership import origin


def _origin(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """What ties this line to the ledger and to the answer that the caller got."""
    now = origin.current()
    event["via"] = now.via
    if now.request_id:
        event["request_id"] = now.request_id
    return event


def configuration(style: str) -> dict[str, Any]:
    """Django's LOGGING. `style` is json, or text for people who watch a terminal."""
    last = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.TimeStamper(fmt="iso"),
                    _origin,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    last,
                ],
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": logging.WARNING},
        "loggers": {"mandate": {"level": logging.INFO}},
    }
