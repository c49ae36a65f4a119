"""What the log says about a request that went wrong."""

import json
import logging
from io import StringIO

from config import logs
from ownership import origin


def test_a_line_is_json_and_carries_the_request_id() -> None:
    settings = logs.configuration("json")["formatters"]["lines"]
    lines = settings["()"](foreign_pre_chain=settings["foreign_pre_chain"], processors=settings["processors"])
    written, logger = StringIO(), logging.Logger("mandate.test")
    handler = logging.StreamHandler(written)
    handler.setFormatter(lines)
    logger.addHandler(handler)

    with origin.acting("job", "abc12345"):
        logger.warning("The source said:\nno")

    line = json.loads(written.getvalue())
    assert (line["event"], line["request_id"], line["via"]) == ("The source said:\nno", "abc12345", "job")
    assert written.getvalue().count("\n") == 1
