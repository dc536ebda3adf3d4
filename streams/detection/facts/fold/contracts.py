"""Contracts and their renewal: each contract by itself, with the terms it went through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from schemas.wire import given
from streams.detection.facts.bounds import CONTRACTS_CAP, LAST_VALUES, TERMS_CAP, make_room
from streams.detection.facts.commerce import (
    ContractFact,
    Intent,
    Notice,
    ProductFact,
    StepDone,
    Term,
    Withdrawal,
)
from streams.detection.facts.fold.routes import Handler
from streams.detection.facts.marks import mark_of
from streams.detection.facts.patch import Field, patch, same, stamp_of
from streams.detection.facts.state import Facts, note_dropped
from streams.detection.facts.touch import Touch
from streams.detection.units import Millis, day_from_date

if TYPE_CHECKING:
    from schemas.crm_commercial import (
        ContractAmended,
        ContractEnded,
        ContractNoticeGiven,
        ContractNoticeWithdrawn,
        ContractRenewed,
        ContractSigned,
        ProductLine,
        RenewalIntentRecorded,
        RenewalStepDone,
    )

_SIGNED: Final[tuple[Field, ...]] = same(
    "term_months", "notice_days", "seats_self_serve", "upgrade_needs_amendment"
)
STEPS_CAP: Final = 40
"""Renewal steps of one contract; beyond, the one done first is dropped."""


def contract_signed(facts: Facts, event: ContractSigned, occurred_ms: Millis) -> int:
    contract = _contract(facts, event.contract_id)
    changed = bool(patch(contract, event, occurred_ms, _SIGNED))
    term = Term(
        effective_on=day_from_date(event.starts_on),
        kind="signed",
        mark=mark_of(event, occurred_ms),
        stamp=stamp_of(event, occurred_ms),
        acv=event.acv,
        arr=event.arr,
        currency=event.currency,
        products=_products(event.products),
        ends_on=day_from_date(event.ends_on),
        auto_renew=event.auto_renew,
    )
    changed |= _put_term(facts, contract, term)
    return _settled(facts, changed)


def contract_amended(facts: Facts, event: ContractAmended, occurred_ms: Millis) -> int:
    return _changed_terms(facts, event, occurred_ms, "amended")


def contract_renewed(facts: Facts, event: ContractRenewed, occurred_ms: Millis) -> int:
    return _changed_terms(facts, event, occurred_ms, "renewed")


def contract_notice_given(facts: Facts, event: ContractNoticeGiven, occurred_ms: Millis) -> int:
    contract = _contract(facts, event.contract_id)
    contract.notice, changed = _later(contract.notice, _notice(event, occurred_ms))
    return _settled(facts, changed)


def contract_ended(facts: Facts, event: ContractEnded, occurred_ms: Millis) -> int:
    contract = _contract(facts, event.contract_id)
    contract.ended, changed = _later(contract.ended, _notice(event, occurred_ms))
    return _settled(facts, changed)


def contract_notice_withdrawn(facts: Facts, event: ContractNoticeWithdrawn, occurred_ms: Millis) -> int:
    contract = _contract(facts, event.contract_id)
    stamp = stamp_of(event, occurred_ms)
    known = contract.withdrawn
    if known is not None and known.stamp > stamp:
        return 0
    contract.withdrawn = Withdrawal(day_from_date(event.withdrawn_on), mark_of(event, occurred_ms), stamp)
    return _settled(facts, True)


def renewal_step_done(facts: Facts, event: RenewalStepDone, occurred_ms: Millis) -> int:
    """Of several reports the one that was done last counts, for every term has its steps; of equal ones the first."""
    steps = facts.renewal_steps.setdefault(event.contract_id, {})
    known, done_on = steps.get(event.step), day_from_date(event.done_on)
    if known is not None and (known.done_on, -known.mark.occurred_ms) >= (done_on, -occurred_ms):
        return 0
    steps[event.step] = StepDone(done_on, mark_of(event, occurred_ms))
    make_room(steps, STEPS_CAP, lambda step: step.done_on, facts.dropped, "renewal_steps")
    make_room(facts.renewal_steps, CONTRACTS_CAP, _last_step, facts.dropped, "renewal_steps")
    return Touch.RENEWAL


def renewal_intent_recorded(facts: Facts, event: RenewalIntentRecorded, occurred_ms: Millis) -> int:
    intents = facts.intents.setdefault(event.contract_id, [])
    intents.append(Intent(event.intent, mark_of(event, occurred_ms), event.contact_id))
    intents.sort(key=lambda intent: intent.mark.occurred_ms)
    if len(intents) > LAST_VALUES:
        del intents[0]
    make_room(facts.intents, CONTRACTS_CAP, _last_intent, facts.dropped, "intents")
    return Touch.RENEWAL


def _changed_terms(
    facts: Facts,
    event: ContractAmended | ContractRenewed,
    occurred_ms: Millis,
    kind: Literal["amended", "renewed"],
) -> int:
    contract = _contract(facts, event.contract_id)
    starts_on, ends_on = getattr(event, "starts_on", None), getattr(event, "ends_on", None)
    effective_on = starts_on or getattr(event, "effective_on", None)
    auto_renew = event.auto_renew
    reason = getattr(event, "reason", None)
    term = Term(
        effective_on=day_from_date(effective_on) if effective_on is not None else 0,
        kind=kind,
        mark=mark_of(event, occurred_ms),
        stamp=stamp_of(event, occurred_ms),
        acv=event.acv_after,
        arr=event.arr_after,
        currency=event.currency,
        products=_products(event.products_after),
        arr_before=event.arr_before,
        ends_on=day_from_date(ends_on) if ends_on is not None else None,
        auto_renew=auto_renew if given(auto_renew) else None,
        reason=reason if given(reason) else None,
    )
    return _settled(facts, _put_term(facts, contract, term))


def _put_term(facts: Facts, contract: ContractFact, term: Term) -> bool:
    """Place a term. The newest report of one change (kind and day) counts; a mere repetition keeps the
    first mark.
    """
    terms = contract.terms
    for position, known in enumerate(terms):
        if (known.kind, known.effective_on) != (term.kind, term.effective_on):
            continue
        if msgspec.structs.replace(term, mark=known.mark, stamp=known.stamp) == known:
            known.stamp = max(known.stamp, term.stamp)
            if term.mark.occurred_ms < known.mark.occurred_ms:
                known.mark = term.mark
            return False
        if term.stamp < known.stamp:
            return False
        terms[position] = term
        terms.sort(key=_in_order)
        return True
    terms.append(term)
    terms.sort(key=_in_order)
    surplus = len(terms) - TERMS_CAP
    if surplus > 0:
        del terms[:surplus]
        note_dropped(facts, "contract_terms", surplus)
    return True


def _in_order(term: Term) -> tuple[int, tuple[int, int]]:
    return term.effective_on, term.stamp


def _products(lines: tuple[ProductLine, ...]) -> list[ProductFact]:
    return [
        ProductFact(
            line.product_id,
            line.tier,
            line.seats,
            None if line.scope_features is None else list(line.scope_features),
        )
        for line in lines
    ]


def _notice(event: ContractNoticeGiven | ContractEnded, occurred_ms: Millis) -> Notice:
    return Notice(
        effective_on=day_from_date(event.effective_on),
        arr_lost=event.arr_lost,
        currency=event.currency,
        stated_reason=event.stated_reason,
        mark=mark_of(event, occurred_ms),
        stamp=stamp_of(event, occurred_ms),
    )


def _later(known: Notice | None, notice: Notice) -> tuple[Notice, bool]:
    if known is not None and known.stamp > notice.stamp:
        return known, False
    return notice, True


def _contract(facts: Facts, contract_id: str) -> ContractFact:
    contract = facts.contracts.get(contract_id)
    if contract is None:
        contract = facts.contracts[contract_id] = ContractFact(contract_id)
    return contract


def _settled(facts: Facts, changed: bool) -> int:
    make_room(facts.contracts, CONTRACTS_CAP, _last_day, facts.dropped, "contracts")
    return Touch.CONTRACT if changed else 0


def _last_day(contract: ContractFact) -> int:
    if contract.ended is not None:
        return contract.ended.effective_on
    return max((term.ends_on or term.effective_on for term in contract.terms), default=0)


def _last_step(steps: dict[str, StepDone]) -> int:
    return max((step.done_on for step in steps.values()), default=0)


def _last_intent(intents: list[Intent]) -> int:
    return intents[-1].mark.occurred_ms if intents else 0


HANDLERS: Final[dict[str, Handler]] = {
    "contract.signed": contract_signed,
    "contract.amended": contract_amended,
    "contract.renewed": contract_renewed,
    "contract.notice_given": contract_notice_given,
    "contract.notice_withdrawn": contract_notice_withdrawn,
    "contract.ended": contract_ended,
    "renewal.step_done": renewal_step_done,
    "renewal.intent_recorded": renewal_intent_recorded,
}
