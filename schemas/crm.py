"""Events of `crm-changes`: the account and who owns it here, the others in the `crm_*` files."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import model_validator

from schemas.base import Country, Date, Envelope, Id, Label, Patch, Text, TimeZone
from schemas.crm_commercial import (
    ContractAmended,
    ContractEnded,
    ContractNoticeGiven,
    ContractNoticeWithdrawn,
    ContractRenewed,
    ContractSigned,
    DealChanged,
    InvoiceChanged,
    RenewalIntentRecorded,
    RenewalStepDone,
)
from schemas.crm_delivery import (
    GoalMeasured,
    GoalPlanned,
    MilestoneChanged,
    MilestonePlanned,
    MilestoneReached,
    NpsAnswered,
    PlanChanged,
)
from schemas.crm_market import (
    BuyingCentreChanged,
    CompanyNews,
    HiringObserved,
    InterestRecorded,
    ProblemRecorded,
)
from schemas.crm_people import (
    ContactAdded,
    ContactChanged,
    ContactLeft,
    ContactMerged,
    ContactVerified,
    EngagementLogged,
    NoteLogged,
)
from schemas.rules import check_other

__all__ = [
    "AccountChanged",
    "AccountMerged",
    "BuyingCentreChanged",
    "CompanyNews",
    "ContactAdded",
    "ContactChanged",
    "ContactLeft",
    "ContactMerged",
    "ContactVerified",
    "ContractAmended",
    "ContractEnded",
    "ContractNoticeGiven",
    "ContractNoticeWithdrawn",
    "ContractRenewed",
    "ContractSigned",
    "CrmEvent",
    "DealChanged",
    "EngagementLogged",
    "GoalMeasured",
    "GoalPlanned",
    "HiringObserved",
    "InterestRecorded",
    "InvoiceChanged",
    "Lifecycle",
    "MilestoneChanged",
    "MilestonePlanned",
    "MilestoneReached",
    "NoteLogged",
    "NpsAnswered",
    "OwnerChanged",
    "OwnerRole",
    "PlanChanged",
    "ProblemRecorded",
    "RenewalIntentRecorded",
    "RenewalStepDone",
    "Segment",
]

Segment: TypeAlias = Literal["smb", "mid_market", "enterprise"]
Lifecycle: TypeAlias = Literal["trial", "onboarding", "live", "notice", "churned"]
OwnerRole: TypeAlias = Literal[
    "csm",
    "csm_manager",
    "account_manager",
    "senior_ae",
    "expansion_ae",
    "sales",
    "renewals_manager",
    "support_lead",
]


class AccountChanged(Patch):
    """The profile of the account. `is_test` also marks the vendor's own accounts."""

    type: Literal["account.changed"]
    name: Text | None = None
    segment: Segment | None = None
    lifecycle: Lifecycle | None = None
    is_test: bool | None = None
    usage_pattern: Literal["steady", "volatile"] | None = None
    """Never given: steady."""
    parent_account_id: Id | None = None
    industry: Label | None = None
    country: Country | None = None
    time_zone: TimeZone | None = None
    customer_since: Date | None = None
    onboarding_started_on: Date | None = None
    product_version: Label | None = None


class AccountMerged(Envelope):
    """The account goes on as another one; facts do not move, the source sends a snapshot for the new one."""

    type: Literal["account.merged"]
    into_account_id: Id

    @model_validator(mode="after")
    def _names_another(self) -> AccountMerged:
        check_other("into_account_id", self.into_account_id, "account_id", self.account_id)
        return self


class OwnerChanged(Patch):
    """Who owns the account in one role; null: nobody, the `queue` if there is one."""

    type: Literal["owner.changed"]
    role: OwnerRole
    person_id: Id | None
    queue: Label | None = None
    country: Country | None = None
    time_zone: TimeZone | None = None


CrmEvent: TypeAlias = (
    AccountChanged
    | AccountMerged
    | OwnerChanged
    | ContractSigned
    | ContractAmended
    | ContractRenewed
    | ContractNoticeWithdrawn
    | ContractNoticeGiven
    | ContractEnded
    | ContactAdded
    | ContactChanged
    | ContactLeft
    | ContactVerified
    | ContactMerged
    | EngagementLogged
    | NoteLogged
    | InterestRecorded
    | ProblemRecorded
    | BuyingCentreChanged
    | NpsAnswered
    | PlanChanged
    | GoalPlanned
    | GoalMeasured
    | MilestonePlanned
    | MilestoneChanged
    | MilestoneReached
    | RenewalStepDone
    | RenewalIntentRecorded
    | CompanyNews
    | HiringObserved
    | DealChanged
    | InvoiceChanged
)
