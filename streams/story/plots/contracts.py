"""The contract and its renewal, and the bills."""

from __future__ import annotations

from streams.story import world
from streams.story.company import CURRENCY
from streams.story.plots.base import SAVE, Plot
from streams.story.records import Pen
from streams.story.script import Stage
from streams.story.times import iso_date

STEP_DUE = "renewal-step-due"
STEP_MISSED = "renewal-step-missed"
INTENT = "renewal-intent-weak"
NOTICE = "notice-given"
CONTRACTION = "contraction"
PAYMENT = "payment-overdue"


def contract_of(stage: Stage) -> str:
    return f"{stage.company.account_id}-k1"


class Reminded(Plot):
    """A step is done a day before its time, when we have been reminded of it."""

    name = "step-in-the-last-days"
    signals = (STEP_DUE,)
    share = 2
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(30, stage.days - 12)
        step = stage.rng.choice((120, 180))
        stage.company.ends_day = due + step
        stage.script.steps[step] = -1
        stage.is_true(STEP_DUE, due - 7, 2, f"T-{step} is a week away and nobody has done it.")


class Ahead(Plot):
    name = "decoy-step-well-ahead"
    signals = (STEP_DUE,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(30, stage.days - 12)
        stage.company.ends_day = due + 180
        stage.script.steps[180] = -9
        stage.looks_like(STEP_DUE, due - 9, "The step is done nine days ahead.")


class Missed(Plot):
    name = "step-missed"
    signals = (STEP_MISSED,)
    share = 2
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(20, stage.days - 20)
        step = stage.rng.choice((120, 180))
        stage.company.ends_day = due + step
        stage.script.steps[step] = None
        stage.follows(STEP_DUE, due - 7, 2, f"T-{step} comes near.")
        stage.is_true(STEP_MISSED, due + 7, 2, f"T-{step} has passed and nobody has done it.")


class LateByDays(Plot):
    name = "decoy-step-late-by-days"
    signals = (STEP_MISSED,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(20, stage.days - 20)
        stage.company.ends_day = due + 180
        stage.script.steps[180] = 4
        stage.follows(STEP_DUE, due - 7, 2, "T-180 comes near.")
        stage.looks_like(STEP_MISSED, due + 4, "The step is done four days after its day.")


class Undecided(Plot):
    name = "undecided"
    signals = (INTENT,)
    share = 1.5
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        stage.company.ends_day = onset + stage.rng.randint(150, 250)
        stage.script.intents = [(onset, "undecided"), (onset + 60, "likely")]
        stage.is_true(INTENT, onset, 2, "They do not know yet whether they will renew.")


class NeverAsked(Plot):
    name = "never-asked"
    signals = (INTENT,)
    share = 1.5
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(20, needs=6)
        stage.company.ends_day = onset + 120
        stage.script.intents = []
        stage.is_true(INTENT, onset, 2, "Four months before the end nobody has asked them.")


class UndecidedLongBefore(Plot):
    name = "decoy-undecided-a-year-before"
    signals = (INTENT,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(10, needs=6)
        stage.company.ends_day = stage.days + 300
        stage.script.intents = [(onset, "undecided")]
        stage.looks_like(INTENT, onset, "Undecided, and most of a year to go.")


class Notice(Plot):
    name = "notice"
    signals = (NOTICE,)
    share = 2
    ends_in = SAVE

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        company = stage.company
        company.ends_day = onset + stage.rng.randint(130, 170)
        stage.script.renews = False
        stage.event(
            onset,
            "contract.notice_given",
            contract_id=contract_of(stage),
            effective_on=iso_date(company.ends_day),
            arr_lost=f"{company.acv}.00",
            currency=CURRENCY,
            stated_reason=stage.rng.choice(("budget", "price", "competitor")),
        )
        stage.is_true(NOTICE, onset, 2, "They have given notice.")


class NothingButTerms(Plot):
    name = "decoy-terms-amended"
    signals = (NOTICE, CONTRACTION)
    share = 0.8
    decoy = True
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        _amend(stage, onset, 1.0)
        for signal in self.signals:
            stage.looks_like(
                signal, onset, "The contract is amended, and stays as large and as long as it was."
            )


class Contraction(Plot):
    name = "fewer-seats"
    signals = (CONTRACTION,)
    share = 2
    shares_account = True
    area = "contract"

    def direct(self, stage: Stage) -> None:
        onset = stage.draw_onset(30, needs=8)
        _amend(stage, onset, stage.rng.uniform(0.78, 0.9))
        stage.is_true(CONTRACTION, onset, 2, "They pay for less than before.")


_CLOSELY_FOLLOWED = 31_000
"""A little above the ACV from which meetings are expected."""


def _amend(stage: Stage, day: int, share: float) -> None:
    """The contract is worth `share` of what it was; what that is, another plot of the account may still decide."""

    def scene(pen: Pen, at: int) -> None:
        company = stage.company
        # Whoever is followed closely stays so: a contract above the lower band does not fall under it.
        kept = max(share, min(0.97, _CLOSELY_FOLLOWED / company.acv)) if share < 1 else share
        after = f"{company.acv * kept:.2f}"
        pen.crm(
            "contract.amended",
            at,
            contract_id=contract_of(stage),
            effective_on=iso_date(day),
            arr_before=f"{company.acv}.00",
            arr_after=after,
            acv_after=after,
            currency=CURRENCY,
            products_after=[{"product_id": world.MAIN_PRODUCT, "tier": company.tier, "seats": company.seats}],
            auto_renew=True,
            reason="fewer modules" if share < 1 else "new billing address",
        )

    stage.on(day, scene)


class Unpaid(Plot):
    name = "bill-unpaid"
    signals = (PAYMENT,)
    share = 2
    shares_account = True
    area = "bills"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(35, stage.days - 24)
        _bill(stage, due, 35)
        stage.is_true(PAYMENT, due + 15, 2, "A bill is unpaid two weeks after its day.")


class PaidLate(Plot):
    name = "decoy-bill-paid-late"
    signals = (PAYMENT,)
    share = 0.6
    decoy = True
    shares_account = True
    area = "bills"

    def direct(self, stage: Stage) -> None:
        due = stage.rng.randint(35, stage.days - 24)
        _bill(stage, due, 12)
        stage.looks_like(PAYMENT, due, "A bill is paid twelve days late.")


def _bill(stage: Stage, due: int, late: int) -> None:
    invoice = stage.name("bill")
    for day, status in ((due - 30, "open"), (due + 1, "overdue"), (due + late, "paid")):
        stage.event(
            day,
            "invoice.changed",
            invoice_id=invoice,
            status=status,
            due_on=iso_date(due),
            amount=f"{stage.company.acv / 10:.2f}",
            currency=CURRENCY,
        )
