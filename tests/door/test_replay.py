"""Which dead letters are sent again, decided from the letters and what their sources hold."""

from __future__ import annotations

import base64

from schemas.dead_letters import DeadLetter, DeadLetterHeader, ReasonCode
from streams.detection.units import moment_of
from streams.door.replay import MARK, Held, Planned, Verdict, headers_of, origin_of, plan, to_be_looked_at
from tests.support.events import session

NOW = 1_800_000_000_000


def letter(
    offset: int,
    value: bytes = session(1, "acme"),
    *,
    origin: str | None = None,
    topic: str = "product-usage",
    stage: str = "door",
) -> DeadLetter:
    headers = (("traceparent", b"00-1"), *([(MARK, origin.encode())] if origin else []))
    return DeadLetter.model_validate(
        {
            "id": f"{topic}/0/{offset}",
            "reason": ReasonCode.UNKNOWN_TYPE,
            "sentence": "not known",
            "stage": stage,
            "topic": topic,
            "partition": 0,
            "offset": offset,
            "broker_time": moment_of(NOW),
            "key_base64": base64.b64encode(b"key").decode(),
            "value_base64": base64.b64encode(value).decode(),
            "headers": tuple(
                DeadLetterHeader(name=name, value_base64=base64.b64encode(content).decode())
                for name, content in headers
            ),
        }
    )


def planned(
    *letters: DeadLetter, begin: int = 0, replayed: dict[int, str] | None = None, again: bool = False
) -> list[Planned]:
    held = {("product-usage", 0): Held(begin, replayed or {})}
    return plan(letters, letters, held, NOW, again=again)


def verdicts(found: list[Planned]) -> list[tuple[str, Verdict]]:
    return [(each.letter.id, each.verdict) for each in found]


def test_what_the_door_would_take_now_is_sent_with_its_headers_and_a_mark() -> None:
    (found,) = planned(letter(7))

    assert found.verdict is Verdict.SEND
    assert headers_of(found.letter) == [("traceparent", b"00-1"), (MARK, b"product-usage/0/7")]


def test_what_lies_marked_behind_the_letter_was_sent_before() -> None:
    found = planned(letter(7), replayed={9: "product-usage/0/7"})

    assert verdicts(found) == [("product-usage/0/7", Verdict.DONE)]


def test_a_replay_that_was_refused_again_is_one_letter_with_the_first() -> None:
    first, second = letter(7), letter(9, origin="product-usage/0/7")

    found = planned(first, second, replayed={9: "product-usage/0/7"})

    assert verdicts(found) == [("product-usage/0/9", Verdict.SEND)]
    assert origin_of(second) == "product-usage/0/7"
    assert headers_of(second).count((MARK, b"product-usage/0/7")) == 1


def test_of_one_origin_the_replay_that_was_taken_ends_it() -> None:
    first, second = letter(7), letter(9, origin="product-usage/0/7")

    found = planned(first, second, replayed={9: "product-usage/0/7", 11: "product-usage/0/7"})

    assert verdicts(found) == [("product-usage/0/9", Verdict.DONE)]


def test_what_is_still_wrong_is_not_sent() -> None:
    (found,) = planned(letter(7, b"nonsense"))

    assert found.verdict is Verdict.STILL_REFUSED and "not JSON" in found.why


def test_where_the_source_has_let_go_of_earlier_replays_nothing_is_sent_unless_asked() -> None:
    assert verdicts(planned(letter(7), begin=50)) == [("product-usage/0/7", Verdict.FORGOTTEN)]
    assert verdicts(planned(letter(7), begin=50, again=True)) == [("product-usage/0/7", Verdict.SEND)]


def test_what_the_engine_refused_and_old_activations_do_not_go_this_way() -> None:
    engine, control = letter(7, topic="account-journal", stage="engine"), letter(8, topic="control")

    assert {each.verdict for each in planned(engine, control)} == {Verdict.NOT_THIS_WAY}


def test_a_partition_is_searched_from_behind_its_first_letter() -> None:
    assert to_be_looked_at([letter(9), letter(7)]) == {("product-usage", 0): 8}
