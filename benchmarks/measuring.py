"""CPU seconds of several processes together: what work costs, whoever else keeps the cores busy."""

import time
from collections.abc import Callable
from pathlib import Path

PROCESS_CPU = 2  # the kind of a CPU clock that belongs to a whole process: linux/posix-timers.h


def cpu_of(pid: int) -> float:
    """CPU seconds of another process so far; 0 once it is gone, or where the kernel does not tell."""
    try:
        return time.clock_gettime((~pid << 3) | PROCESS_CPU)
    except OSError:
        return 0.0


def family(pid: int) -> list[int]:
    """A process and its children."""
    try:
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return [pid]


class Meter:
    """Measures this process and the families of others, such as a server with its workers."""

    def __init__(self, *parents: int) -> None:
        self.parents = parents

    def cost(self, work: Callable[[], object]) -> float:
        """CPU seconds that the work takes. Who is born meanwhile counts whole."""
        before, own = self._read(), time.process_time()
        work()
        own = time.process_time() - own
        return own + sum(cpu - before.get(pid, 0.0) for pid, cpu in self._read().items())

    def _read(self) -> dict[int, float]:
        return {pid: cpu_of(pid) for parent in self.parents for pid in family(parent)}
