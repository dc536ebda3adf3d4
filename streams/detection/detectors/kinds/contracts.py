"""Occurrences about contracts: notice given, auto-renewal switched off, less bought than before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from streams.detection.detectors.kinds.base import Happened, Kind
from streams.detection.facts import ContractFact, Facts, Term, Touch
from streams.detection.packaging import Packaging
from streams.detection.units import Day, date_of


def _notices(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Contracts that the customer is about to leave. A notice counts until it is withdrawn, the contract is renewed
    after all, or it has ended: then there is nothing left to save in it."""
    for contract in facts.contracts.values():
        if contract.ended is not None:
            continue
        ends = contract.ends_on(today)
        notice = contract.notice_in_force
        if notice is not None and not _renewed_since(contract, notice.stamp):
            yield Happened(
                subject=contract.id,
                mark=notice.mark,
                attributes={
                    "how": "notice",
                    "what": "notice was given",
                    "ends_on": str(date_of(notice.effective_on)),
                    "arr_at_stake": float(notice.arr_lost),
                },
                label=contract.id,
                about=notice.stated_reason,
            )
        switched = _switched_off(contract)
        if switched is not None:
            yield Happened(
                subject=contract.id,
                mark=switched.mark,
                attributes={
                    "how": "auto_renew_off",
                    "what": "auto-renewal was switched off",
                    "ends_on": None if ends is None else str(date_of(ends)),
                    "arr_at_stake": float(switched.arr),
                },
                label=contract.id,
                about=switched.reason or "no reason given",
            )


def _renewed_since(contract: ContractFact, stamp: tuple[int, int]) -> bool:
    return any(term.kind == "renewed" and term.stamp > stamp for term in contract.terms)


def _switched_off(contract: ContractFact) -> Term | None:
    """The amendment that switched auto-renewal off, if nothing has changed that since. A renewal that is agreed
    without it is no sign of leaving."""
    renews, found = False, None
    for term in contract.terms:
        if term.kind == "renewed":
            found = None
        elif term.auto_renew is False and renews:
            found = term
        if term.auto_renew is not None:
            renews = term.auto_renew
            if renews:
                found = None
    return found


def _reductions(facts: Facts, packaging: Packaging, today: Day) -> Iterator[Happened]:
    """Amendments to fewer seats or less ARR; `share` is the larger of the two shares lost (0–1)."""
    for contract in facts.contracts.values():
        for before, after in pairwise(contract.terms):
            if after.kind != "amended":
                continue
            arr = _lost(
                float(after.arr_before if after.arr_before is not None else before.arr), float(after.arr)
            )
            seats = _lost(before.seats or 0, after.seats) if after.seats is not None else 0.0
            if max(arr, seats) <= 0:
                continue
            yield Happened(
                subject=f"{contract.id}@{date_of(after.effective_on)}",
                mark=after.mark,
                label=contract.id,
                about=after.reason or "no reason given",
                attributes={
                    "share": max(arr, seats),
                    "arr_before": float(after.arr_before if after.arr_before is not None else before.arr),
                    "arr_after": float(after.arr),
                    "seats_before": before.seats,
                    "seats_after": after.seats,
                    "effective_on": str(date_of(after.effective_on)),
                },
            )


def _lost(before: float, after: float) -> float:
    return max(0.0, 1 - after / before) if before > 0 else 0.0


KINDS: dict[str, Kind] = {
    "contract.notice": Kind(
        touches=Touch.CONTRACT,
        subject_kind="contract",
        attributes=frozenset({"how", "what", "ends_on", "arr_at_stake"}),
        find=_notices,
    ),
    "contract.reduced": Kind(
        touches=Touch.CONTRACT,
        subject_kind="amendment",
        attributes=frozenset(
            {"share", "arr_before", "arr_after", "seats_before", "seats_after", "effective_on"}
        ),
        find=_reductions,
    ),
}
