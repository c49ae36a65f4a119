"""The child that opens workbooks and archives: bytes in, a line of JSON and the table out. It caps itself first."""

import json
import resource
import sys

from metrics.tabular.containers import table
from metrics.tabular.reading import Unreadable

MEMORY = 512 * 1024 * 1024  # bytes
SECONDS = 20  # of processor time

resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

try:
    name, text = table(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps({"name": name}).encode() + b"\n" + text)
except Unreadable as broken:
    sys.stdout.buffer.write(json.dumps({"code": broken.error.code}).encode() + b"\n")
