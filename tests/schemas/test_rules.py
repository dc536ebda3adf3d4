"""Rules over more than one field, and the bounds of single ones."""

from __future__ import annotations

import pytest

from schemas.dead_letters import ReasonCode
from schemas.events import Refused, topics_of, validate
from tests.schemas.support import changed

REFUSED: list[tuple[str, dict[str, object]]] = [
    ("api.called", {"period_end": "2026-03-02T09:00:01Z"}),
    ("api.called", {"period_end": "2026-03-02T08:00:00Z"}),
    ("api.called", {"period_end": None}),
    ("api.called", {"errors": 4201}),
    ("level.sampled", {"period_start": "2026-03-01T00:00:00Z"}),
    ("level.sampled", {"value": -1}),
    ("level.sampled", {"limit": -1}),
    ("feature.used", {"count": 0}),
    ("csat.answered", {"score": 0.5}),
    ("csat.answered", {"scale_max": 1}),
    ("ticket.opened", {"severity": 0}),
    ("ticket.opened", {"severity": 5}),
    ("ticket.merged", {"into_ticket_id": "t-5503"}),
    ("contact.merged", {"into_contact_id": "c-51"}),
    ("account.merged", {"into_account_id": "brightwater-old"}),
    ("nps.answered", {"score": 11}),
    ("nps.answered", {"score": -1}),
    ("company.news", {"confidence": 1.01}),
    ("contract.signed", {"ends_on": "2026-01-14"}),
    ("contract.signed", {"acv": "-1"}),
    ("contract.signed", {"acv": "1e3"}),
    ("contract.signed", {"acv": "1,000"}),
    ("contract.signed", {"currency": "eur"}),
    ("contract.signed", {"term_months": 0}),
    ("contract.signed", {"starts_on": "2026-02-30"}),
    ("contract.renewed", {"ends_on": "2027-01-14"}),
    ("goal.planned", {"due_on": "2026-02-01"}),
    ("plan.changed", {"horizon_days": 45}),
    ("account.changed", {"country": "Germany"}),
    ("account.changed", {"time_zone": "+01:00"}),
    ("user.changed", {"region": "Bavaria"}),
    ("user.changed", {"department": ""}),
    ("feedback.acknowledged", {"alert_id": "usage-drop"}),
    ("user.erase", {"user_id": None, "contact_id": None}),
    ("catalog.activated", {"catalog": "something else"}),
    ("source.heartbeat", {"interval_s": 0}),
]

ACCEPTED: list[tuple[str, dict[str, object]]] = [
    ("api.called", {"period_start": None, "period_end": None}),
    ("api.called", {"errors": 4200}),
    ("level.sampled", {"limit": None}),
    ("level.sampled", {"value": 0}),
    ("csat.answered", {"score": 0, "scale_min": -2, "scale_max": 2}),
    ("nps.answered", {"score": 0}),
    ("contract.signed", {"ends_on": "2026-01-15"}),
    ("contract.signed", {"products": []}),
    ("contact.added", {"roles": []}),
    ("invoice.changed", {"amount": "-80.00"}),
    ("owner.changed", {"person_id": None}),
    ("goal.planned", {"start_value": -3.5, "target_value": 2}),
    ("user.erase", {"user_id": None}),
    ("feedback.acknowledged", {"alert_id": "usage-drop/acme/eu/2"}),
    ("account.changed", {"country": None, "name": None}),
]


@pytest.mark.parametrize(("name", "fields"), REFUSED)
def test_what_cannot_be_true_is_refused(name: str, fields: dict[str, object]) -> None:
    with pytest.raises(Refused) as caught:
        validate(topics_of(name)[0], changed(name, **fields))
    assert caught.value.reason is ReasonCode.INVALID_VALUE


@pytest.mark.parametrize(("name", "fields"), ACCEPTED)
def test_what_is_only_unusual_is_accepted(name: str, fields: dict[str, object]) -> None:
    validate(topics_of(name)[0], changed(name, **fields))
