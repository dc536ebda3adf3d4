"""The published examples: one for each message, all valid."""

from __future__ import annotations

import pytest

from schemas.base import Contract, Envelope
from schemas.events import topics_of, validate
from schemas.topics import PUBLISHED
from tests.schemas.support import EVENT_TYPES, EXAMPLES, as_json, example

OUTPUTS = [name for name in PUBLISHED if name not in EVENT_TYPES]


def test_every_message_has_one_example_and_no_example_is_an_orphan() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {f"{name}.json" for name in PUBLISHED}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_example_event_is_accepted_on_each_of_its_topics(name: str) -> None:
    for topic in topics_of(name):
        assert validate(topic, as_json(example(name))).type == name


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_example_event_survives_being_written_again(name: str) -> None:
    event = validate(topics_of(name)[0], as_json(example(name)))
    again = validate(topics_of(name)[0], event.encode())
    assert again == event
    if isinstance(event, Envelope):
        assert again.model_fields_set >= event.model_fields_set


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_example_output_is_valid_and_complete(name: str) -> None:
    model = PUBLISHED[name]
    read = model.model_validate_json(as_json(example(name)))
    assert isinstance(read, Contract)
    assert model.model_validate_json(read.encode()) == read
    assert set(example(name)) == set(type(read).model_fields)
