"""Records that concern the accounts as such: another catalog rules, an account is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemas.control import CatalogActivated
from schemas.events import Event
from schemas.journal import unpack_header
from streams.detection import refusals
from streams.detection.account import Account
from streams.detection.accounts import Accounts
from streams.detection.activation import Activations, changed_signals
from streams.detection.catalog.problems import CatalogError, Problem
from streams.detection.clocks import Clocks
from streams.detection.judgement import Judgement
from streams.detection.partition import APPLIED, REFUSED, EngineStats, JournalRecord
from streams.detection.system import Outgoing, System
from streams.detection.watermarks import Watermarks


class Control:
    """The catalogs in force in one partition, and the judgement by them."""

    def __init__(
        self,
        catalogs: Activations,
        partition: int,
        accounts: Accounts,
        clocks: Clocks,
        watermarks: Watermarks,
        stats: EngineStats,
    ) -> None:
        self._catalogs = catalogs
        self._partition = partition
        self._accounts = accounts
        self._clocks = clocks
        self._watermarks = watermarks
        self._stats = stats
        self._evaluated = 0
        self.judgement = Judgement(catalogs.system, partition, stats.holds)
        self.switching = False
        """Some accounts are judged by the new catalog and some are not yet: nothing may be committed."""

    @property
    def system(self) -> System:
        return self._catalogs.system

    @property
    def evaluations(self) -> int:
        """Readings so far, of all catalogs that have ruled."""
        return self._evaluated + self.judgement.evaluations

    def take(self, record: JournalRecord, header: bytes, event: Event) -> Iterator[list[Outgoing]]:
        """One record of `control`; yields after each account that it changed. What is wrong is refused, and changes
        nothing."""
        try:
            if event.type == "reference.activated":
                problem = Problem(event.name, 1, "", "this release reads reference data at its start only")
                raise CatalogError([problem])
            if event.type == "catalog.activated":
                yield from self._activate(event, record.offset)
        except CatalogError as error:
            self._stats.activated[getattr(event, "motion", None) or "", REFUSED] += 1
            if self._partition:
                return  # every partition refuses it, one letter says so
            why = "; ".join(str(problem) for problem in error.problems)
            value = record.value or b""
            yield [refusals.refused_activation(unpack_header(header), value, record.timestamp, why)]

    def erase(self, account: Account, offset: int) -> list[Outgoing]:
        """Forget the account: nothing is left of it but what closes its alerts."""
        out = self.judgement.on_erasure(account, self._clocks, offset)
        self._accounts.erase(account.key)
        return out

    def _activate(self, event: CatalogActivated, offset: int) -> Iterator[list[Outgoing]]:
        """Let a catalog rule its motion from this record on, and read every account anew by what has changed.
        Takes some 0.1 ms an account. Raises CatalogError, and changes nothing, where the catalog is wrong."""
        before, old = self._catalogs.system, self.judgement
        self._catalogs.activate(event)
        self._stats.activated[event.motion, APPLIED] += 1
        self._evaluated += old.evaluations
        self.judgement = Judgement(self._catalogs.system, self._partition, self._stats.holds)
        changed, gone = changed_signals(before, self._catalogs.system, event.motion)
        if changed or gone:
            self.switching = True
            for key in self._accounts.living():
                yield self._judge_anew(key, old, changed, gone, offset)
            self.switching = False

    def _judge_anew(
        self, key: bytes, old: Judgement, changed: Collection[str], gone: Collection[str], offset: int
    ) -> list[Outgoing]:
        was_hot = self._accounts.is_hot(key)
        account = self._accounts.load(key)
        if offset <= account.applied:
            return []
        verdicts, at = account.verdicts(), list(account.state.at)
        said = old.on_gone(account, gone, self._clocks, offset)
        said += self.judgement.on_catalog(account, changed, self._clocks, offset)
        if account.verdicts() != verdicts:
            self._accounts.note_changed(account)
            self._watermarks.plan(account, self.judgement.schedule)
            return said
        account.state.at = at
        if not was_hot:
            self._accounts.let_go(key)
        return []
