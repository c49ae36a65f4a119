"""The eight answers to "who decides?", strictest first, so that `min` is the stricter of two."""

from enum import IntEnum


class Authority(IntEnum):
    """How much an AI recommendation may do. The order is the meaning: never renumber, stored hashes rest on it."""

    BLOCK = 0
    TWO_PERSON = 1
    EXPERIMENT = 2
    HUMAN_DECIDES = 3
    HUMAN_CONFIRMS = 4
    AI_SAMPLED = 5
    AI_NOTIFY = 6
    AI_WINS = 7

    @property
    def key(self) -> str:
        """The name in JSON, in the database and in DMN: `human_decides`."""
        return self.name.lower()

    @property
    def is_ai(self) -> bool:
        """Whether the AI's word is applied without a person saying yes first."""
        return self >= Authority.AI_SAMPLED

    @classmethod
    def of(cls, key: str) -> "Authority":
        """The level with this key; KeyError if there is none."""
        return _BY_KEY[key]


_BY_KEY = {level.key: level for level in Authority}
