"""What was found wrong, in three numbers and some sentences."""

from __future__ import annotations

from dataclasses import dataclass, field

_EXAMPLES = 12


@dataclass
class Tally:
    """Records that should be there and are not, that are there again, that are something else or elsewhere."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)  #: the first ones found, one sentence each

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.wrong)

    def add(self, other: Tally) -> None:
        self.lost += other.lost
        self.doubled += other.doubled
        self.wrong += other.wrong
        for example in other.examples:
            self.say(example)

    def say(self, example: str) -> None:
        """Keep a sentence, unless there are enough."""
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)
