"""What the detectors over the CRM's records do where a timeline of a signal file would be too long to read."""

from __future__ import annotations

import pytest

from streams.assembly import load_packaging
from streams.detection.buying_centres import deployed_departments
from streams.detection.detectors.burst import Burst
from streams.detection.detectors.kinds import KINDS, Happened
from streams.detection.detectors.reengagement import Reengagement
from streams.detection.detectors.unexpanded import Unexpanded
from streams.detection.facts import Facts
from streams.detection.facts.bounds import HIRING_CAP
from streams.detection.reading import Reading
from streams.detection.system import BoardState
from streams.detection.units import DAY_MS, day_of
from streams.detection.white_space import last_bought
from tests.support.accounts import contract, facts_of
from tests.support.journal import DAY_0, at, date

Event = tuple[str, float, dict[str, object]]
PACKAGING = load_packaging()


def happened(kind: str, facts: Facts, day: float = 100) -> list[Happened]:
    return list(KINDS[kind].find(facts, PACKAGING, day_of(at(day))))


def goal(target: float, day: float = 0) -> Event:
    fields = {"goal_id": "g-1", "title": "Hours saved", "unit": "h", "start_value": 0, "target_value": target}
    return ("goal.planned", day, {**fields, "starts_on": date(0), "due_on": date(300)})


def measured(value: float, day: int) -> Event:
    return ("goal.measured", day, {"goal_id": "g-1", "value": value, "as_of": date(day)})


def test_a_goal_counts_from_the_first_measure_that_reached_it() -> None:
    [reached] = happened(
        "goal.reached", facts_of(goal(100), measured(60, 10), measured(105, 40), measured(120, 50))
    )

    assert (reached.mark.day - DAY_0, reached.attributes["early"]) == (40, True)


def test_a_goal_reached_so_long_ago_that_its_day_is_forgotten_is_not_early_again() -> None:
    daily = [measured(110, day) for day in range(20, 60)]

    [reached] = happened("goal.reached", facts_of(goal(100), measured(60, 10), *daily))

    assert reached.attributes["early"] is False


def test_a_lowered_target_is_reached_late_by_whoever_reaches_the_old_one() -> None:
    lowered = (goal(100), measured(60, 10), goal(50, 20), measured(62, 30))

    [reached] = happened("goal.reached", facts_of(*lowered))
    [honest] = happened("goal.reached", facts_of(*lowered, measured(101, 80)))

    assert (reached.attributes["lowered"], honest.attributes["lowered"]) == (True, False)
    assert honest.mark.day - DAY_0 == 80


def test_a_product_that_is_signed_and_has_not_begun_is_theirs_already() -> None:
    later = contract("9000", products=[{"product_id": "atlas-planning", "tier": "standard"}])
    asked: Event = (
        "interest.recorded",
        5.0,
        {"interest_id": "i-1", "product_id": "atlas-planning", "source": "other"},
    )

    [interest] = happened(
        "interest.recorded", facts_of(asked, ("contract.signed", 6, {**later, "starts_on": date(90)}))
    )

    assert interest.attributes["owned"] is True


def test_a_centre_that_says_it_is_not_deployed_is_believed_before_its_users() -> None:
    user: Event = (
        "user.changed",
        0,
        {"user_id": "u", "kind": "human", "status": "active", "department": "Marketing"},
    )
    said: Event = (
        "buying_centre.changed",
        1,
        {"buying_centre_id": "b", "department": "marketing", "deployed": False},
    )

    assert deployed_departments(facts_of(user)) == {"marketing"}
    assert deployed_departments(facts_of(user, said)) == frozenset()


def openings(count: int, day: int, *, opened: int | None = None, name: str = "h") -> list[Event]:
    fields = {"function": "finance", "opened_on": date(day if opened is None else opened)}
    return [("hiring.observed", day, {"posting_id": f"{name}-{day}-{n}", **fields}) for n in range(count)]


def burst(facts: Facts, day: float) -> Reading:
    detector = Burst().bind((None,), PACKAGING)
    return detector.read(facts, at(day, 12), {})


def test_openings_are_counted_on_the_day_they_were_opened() -> None:
    old = facts_of(*openings(8, 100, opened=60))

    assert burst(old, 100).findings == ()
    assert [f.observed for f in burst(facts_of(*openings(8, 100)), 100).findings] == [8]


def test_a_burst_that_waits_for_its_baseline_to_pass_says_when() -> None:
    facts = facts_of(*openings(12, 1), *openings(5, 130))

    reading = burst(facts, 130)

    assert reading.findings == ()
    assert reading.recheck_at is not None
    due = day_of(reading.recheck_at) - DAY_0
    assert due == 151 and [f.subject for f in burst(facts, due).findings] == ["finance"]


def test_openings_beyond_the_cap_make_no_small_baseline() -> None:
    steady = [event for day in range(150) for event in openings(5, day)]
    facts = facts_of(*steady)

    assert len(facts.hiring) <= HIRING_CAP
    assert burst(facts, 149).findings == ()


@pytest.mark.parametrize(
    ("earlier", "returns"),
    [
        ([], 0),
        ([("engagement.logged", 0.0, {"engagement_id": "e-0", "contact_ids": ["c-2"]})], 1),
        ([("engagement.logged", 0.0, {"engagement_id": "e-0", "contact_ids": ["c-1"]})], 1),
        ([("engagement.logged", 60.0, {"engagement_id": "e-0", "contact_ids": ["c-1"]})], 0),
    ],
    ids=["nothing tracked before", "known and never met", "met long ago", "met lately"],
)
def test_silence_is_only_what_would_have_been_heard(earlier: list[Event], returns: int) -> None:
    met = {"kind": "meeting", "initiated_by": "vendor", "held": True}
    facts = facts_of(
        ("contact.added", 0, {"contact_id": "c-1", "seniority": "vp", "roles": [], "discovered_via": "crm"}),
        *[(kind, day, {**met, **fields}) for kind, day, fields in earlier],
        (
            "engagement.logged",
            130,
            {**met, "engagement_id": "e-1", "contact_ids": ["c-1"], "initiated_by": "customer"},
        ),
    )

    assert len(Reengagement().read(facts, at(130, 12), {}).findings) == returns


def test_what_brings_an_executive_back_for_support_is_no_return() -> None:
    facts = facts_of(
        ("contact.added", 0, {"contact_id": "c-1", "seniority": "vp", "roles": [], "discovered_via": "crm"}),
        (
            "engagement.logged",
            1,
            {
                "engagement_id": "e-0",
                "contact_ids": ["c-1"],
                "kind": "qbr",
                "initiated_by": "vendor",
                "held": True,
            },
        ),
        (
            "engagement.logged",
            130,
            {
                "engagement_id": "e-1",
                "contact_ids": ["c-1"],
                "kind": "call",
                "initiated_by": "customer",
                "held": True,
                "purpose": "support",
            },
        ),
    )

    assert Reengagement().read(facts, at(130, 12), {}).findings == ()


def test_the_last_purchase_is_the_last_thing_that_raised_what_they_pay() -> None:
    lower = {"arr_before": "50000", "arr_after": "40000", "acv_after": "40000"}
    higher = {"arr_before": "40000", "arr_after": "45000", "acv_after": "45000"}
    amended = {"contract_id": "k-1", "currency": "EUR", "products_after": []}
    signed: Event = ("contract.signed", 0, contract("50000"))
    cut: Event = ("contract.amended", 50, {**amended, **lower, "effective_on": date(50)})
    grown: Event = ("contract.amended", 80, {**amended, **higher, "effective_on": date(80)})

    assert last_bought(facts_of()) is None
    assert last_bought(facts_of(signed, cut)) == DAY_0
    assert last_bought(facts_of(signed, cut, grown)) == DAY_0 + 80


def test_an_account_that_was_at_risk_starts_its_half_year_anew() -> None:
    facts = facts_of(("contract.signed", 0, contract("50000")))
    detector = Unexpanded().bind((None,), PACKAGING)
    now = at(400)
    calm = BoardState(quadrant="protect_and_maintain", since=at(1), risk_since=now - 180 * DAY_MS)
    lately = BoardState(quadrant="protect_and_maintain", since=at(1), risk_since=now - 179 * DAY_MS)
    risky = BoardState(quadrant="save_the_customer", since=at(1), risk_high=True, risk_since=at(1))

    assert [f.hit for f in detector.read_on_board(facts, (), calm, now, {}).findings] == [True]
    assert detector.read_on_board(facts, (), lately, now, {}) == Reading(recheck_at=now + DAY_MS)
    assert detector.read_on_board(facts, (), risky, now, {}).findings == ()
