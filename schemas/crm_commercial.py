"""Events of `crm-changes` about money: contracts, renewals, deals, invoices."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from schemas.base import (
    AlertId,
    Contract,
    Count,
    Currency,
    Date,
    Envelope,
    Id,
    Label,
    Money,
    Patch,
    SignedMoney,
    Text,
)
from schemas.rules import check_order


class ProductLine(Contract):
    """One product of a contract. Always whole: an absent field is unknown, not unchanged."""

    product_id: Id
    tier: Label
    seats: Count | None = None
    scope_features: tuple[Label, ...] | None = None
    """Features the contract covers beyond what the tier says."""


StatedReason: TypeAlias = Literal[
    "budget", "acquisition", "champion", "competitor", "product", "price", "other"
]


class ContractSigned(Patch):
    """A contract came into force; ACV, ARR and dates are the contract's own."""

    type: Literal["contract.signed"]
    contract_id: Id
    products: tuple[ProductLine, ...]
    acv: Money
    arr: Money
    currency: Currency
    starts_on: Date
    ends_on: Date
    term_months: Annotated[int, Field(ge=1, le=1_200)]
    auto_renew: bool
    notice_days: Annotated[int, Field(ge=0, le=3_650)] | None = None
    seats_self_serve: bool | None = None
    upgrade_needs_amendment: bool | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> ContractSigned:
        check_order("starts_on", self.starts_on, "ends_on", self.ends_on)
        return self


class ContractAmended(Patch):
    """A contract changed within its term: the whole of its products after, and ARR before and after."""

    type: Literal["contract.amended"]
    contract_id: Id
    effective_on: Date
    arr_before: Money
    arr_after: Money
    acv_after: Money
    currency: Currency
    products_after: tuple[ProductLine, ...]
    auto_renew: bool | None = None
    reason: Text | None = None


class ContractRenewed(Patch):
    """A contract goes on for another term."""

    type: Literal["contract.renewed"]
    contract_id: Id
    arr_before: Money
    arr_after: Money
    acv_after: Money
    currency: Currency
    starts_on: Date
    ends_on: Date
    products_after: tuple[ProductLine, ...]
    auto_renew: bool | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> ContractRenewed:
        check_order("starts_on", self.starts_on, "ends_on", self.ends_on)
        return self


class ContractNoticeWithdrawn(Patch):
    """The customer took the notice back."""

    type: Literal["contract.notice_withdrawn"]
    contract_id: Id
    withdrawn_on: Date


class ContractNoticeGiven(Patch):
    """The customer gave notice; the contract ends on `effective_on`."""

    type: Literal["contract.notice_given"]
    contract_id: Id
    effective_on: Date
    arr_lost: Money
    currency: Currency
    stated_reason: StatedReason


class ContractEnded(Patch):
    """The contract is over."""

    type: Literal["contract.ended"]
    contract_id: Id
    effective_on: Date
    arr_lost: Money
    currency: Currency
    stated_reason: StatedReason


class RenewalStepDone(Envelope):
    """A step of our own renewal sequence was done."""

    type: Literal["renewal.step_done"]
    contract_id: Id
    step: Label
    done_on: Date


class RenewalIntentRecorded(Envelope):
    """What the customer says about renewing."""

    type: Literal["renewal.intent_recorded"]
    contract_id: Id
    intent: Literal["committed", "likely", "undecided", "negative"]
    contact_id: Id | None = None


class DealChanged(Patch):
    """The CRM's opportunity. `alert_id` names the alert it came from."""

    type: Literal["deal.changed"]
    deal_id: Id
    kind: Literal["expansion", "renewal"]
    engine: Literal["seat", "feature", "strategic"] | None = None
    stage: Literal["identified", "qualified", "proposed", "negotiation", "won", "lost"]
    amount: SignedMoney
    currency: Currency
    created_on: Date
    expected_close_on: Date | None = None
    closed_on: Date | None = None
    product_ids: tuple[Id, ...] | None = None
    buying_centre_id: Id | None = None
    sourced_by: Literal["cs", "am", "sales", "product"]
    alert_id: AlertId | None = None
    owner_id: Id | None = None
    lost_reason: Text | None = None


class InvoiceChanged(Patch):
    """The state of an invoice; a credit note has a negative amount."""

    type: Literal["invoice.changed"]
    invoice_id: Id
    status: Literal["open", "paid", "overdue", "written_off"]
    due_on: Date
    amount: SignedMoney
    currency: Currency
