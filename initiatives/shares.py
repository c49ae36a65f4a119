"""What a share seen in some cases says of all: "3 of 20" is not 15 %. Pure."""

from math import sqrt
from typing import Final

Z95: Final = 1.96  # two-sided 95 %


def wilson(hits: float, tries: float) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, JASA 22, 1927); without a try nothing is known: 0 to 1."""
    if not tries:
        return 0.0, 1.0
    share, z2 = hits / tries, Z95**2
    middle, around = share + z2 / (2 * tries), Z95 * sqrt(share * (1 - share) / tries + z2 / (4 * tries**2))
    return max(0.0, (middle - around) / (1 + z2 / tries)), min(1.0, (middle + around) / (1 + z2 / tries))
