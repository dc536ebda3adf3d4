"""What every detector is: a pure function of facts, parameters and time, with honest words about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from streams.detection.facts import Facts
from streams.detection.packaging import Packaging
from streams.detection.reading import Evidence, Finding, Memory, Reading
from streams.detection.units import Millis

if TYPE_CHECKING:
    from streams.detection.system import BoardState, Verdict

Open = Mapping[str, Memory]
"""Subject id -> what is remembered of it, for the subjects that hit at the last reading or whose alert is open."""


class Detector(BaseModel, ABC):
    """The parameters of one detector and how it reads. Instances are shared by all accounts and hold no state.

    `touches` are the fact kinds it reads (`Touch` flags): an event that touches none of them never changes its
    reading. A detector that `falls` compares complete days only: an event of the day in progress cannot make it
    hit earlier than its last `recheck_at`, so such events do not evaluate it, but for its `news`. A detector
    `over_verdicts` judges what the others have found (`read_verdicts`). `fields` are the names that its evidence
    offers to templates.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    touches: ClassVar[int]
    falls: ClassVar[bool] = False
    over_verdicts: ClassVar[bool] = False
    fields: ClassVar[frozenset[str]] = frozenset()

    _levels: tuple[float | None, ...] = PrivateAttr(default=(None,))
    _packaging: Packaging = PrivateAttr(default_factory=Packaging)

    @property
    def subject_kind(self) -> str:
        """What its subjects are, beside the account itself: user, contact, meter, department ..."""
        return "account"

    @property
    def reach(self) -> int:
        """How many days before a reading the facts lie that it reads; 0 where it cannot be asked about a past day."""
        return 0

    def stands_without(self, memories: Open, gone: frozenset[str]) -> bool:
        """Of a detector over verdicts: whether what it found holds without these signals, which were never true.
        `memories` are the subjects that stood when it became true."""
        return True

    @property
    def by_subject(self) -> int:
        """The `Touch` flag of the events that change the finding of one subject only, the one they name; 0 for none.
        Such an event is read by `read_subject`, whatever number of other subjects there is."""
        return 0

    def read_subject(self, facts: Facts, now: Millis, open_: Open, subject: str) -> Reading:
        """The part of `read` that is about one subject: its finding, if it has one, and its own recheck."""
        raise TypeError(f"{type(self).__name__} reads all subjects together")

    def bind(self, levels: tuple[float | None, ...], packaging: Packaging) -> Self:
        """The detector with its signal's level numbers and the reference data it reads.

        Raises ValueError where a parameter names something that the packaging does not have."""
        bound = self.model_copy()
        # Into the instance itself: pydantic finds a private attribute only after looking everywhere else.
        bound.__dict__.update(_levels=levels, _packaging=packaging)
        return bound

    @property
    def packaging(self) -> Packaging:
        """What it was bound with."""
        return self._packaging

    @property
    def reads(self) -> int:
        """The `Touch` flags of these parameters; the class's, where they do not depend on them."""
        return self.touches

    @property
    def news(self) -> int:
        """Of a detector that falls: the flags without which an event of a day in progress changes nothing before its
        `recheck_at`, or ever where it has none; with one of them it is read at the next midnight. 0: it needs none,
        and where it has no recheck, any event that touches it sets one."""
        return 0

    @property
    def offers(self) -> frozenset[str]:
        """The names that the evidence of these parameters offers to templates; the class's `fields`, or more."""
        return self.fields

    @abstractmethod
    def read(self, facts: Facts, now: Millis, open_: Open) -> Reading:
        """The findings at `now`; pure, and the only thing evaluated on the hot path."""

    def read_verdicts(self, facts: Facts, verdicts: tuple[Verdict, ...], now: Millis, open_: Open) -> Reading:
        """The findings over the account's true verdicts; only asked of a detector `over_verdicts`."""
        return self.read(facts, now, open_)

    def read_on_board(
        self, facts: Facts, verdicts: tuple[Verdict, ...], board: BoardState, now: Millis, open_: Open
    ) -> Reading:
        """The same for one that also asks where the account stands: `board` is its place after the step before, so
        that no verdict depends on itself."""
        return self.read_verdicts(facts, verdicts, now, open_)

    @abstractmethod
    def evidence(self, facts: Facts, now: Millis, finding: Finding, memory: Memory | None) -> Evidence:
        """What shows that `finding` is so; asked only when a message is written."""

    def level_from_below(self, value: float) -> int:
        """The highest level whose number `value` reaches (rising measures)."""
        levels = self._levels
        for index in range(len(levels) - 1, 0, -1):
            number = levels[index]
            if number is not None and value >= number:
                return index
        return 0

    def level_from_above(self, value: float) -> int:
        """The highest level whose number `value` has fallen to (falling measures)."""
        levels = self._levels
        for index in range(len(levels) - 1, 0, -1):
            number = levels[index]
            if number is not None and value <= number:
                return index
        return 0
