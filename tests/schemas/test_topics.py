"""Topics against models: nothing without a home, nothing that does not exist."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from schemas import (
    board,
    control,
    crm,
    crm_commercial,
    crm_delivery,
    crm_market,
    crm_people,
    feedback,
    growth,
    registry,
    retention,
    support,
    topics,
    usage,
)
from schemas.base import Message
from schemas.registry import EVENTS_OF_TOPIC, MESSAGES, PATCHES, type_of
from schemas.topics import PUBLISHED, SOURCES, TOPICS, real_name

EVENT_MODULES = [
    usage, support, crm, crm_commercial, crm_delivery, crm_market, crm_people, feedback, control,
]  # fmt: skip


def _event_models(module: ModuleType) -> set[type[Message]]:
    """Models of one type of event, that is those whose `type` is a literal."""
    return {
        model
        for _, model in inspect.getmembers(module, inspect.isclass)
        if issubclass(model, Message) and model.model_fields["type"].annotation is not str
    }


@pytest.mark.parametrize("module", EVENT_MODULES, ids=lambda module: module.__name__)
def test_every_event_model_belongs_to_a_topic(module: ModuleType) -> None:
    assert _event_models(module) <= set(MESSAGES.values())


def test_no_two_models_share_a_type() -> None:
    models = set().union(*(set(models.values()) for models in EVENTS_OF_TOPIC.values()))
    assert len({type_of(model) for model in models}) == len(models)


def test_every_topic_but_the_engines_own_state_says_what_is_on_it() -> None:
    assert [topic.name for topic in TOPICS.values() if not topic.models] == ["account-state"]


def test_every_published_message_is_on_a_topic() -> None:
    on_topics = {model for topic in TOPICS.values() for model in topic.models}
    assert set(PUBLISHED.values()) == on_topics
    assert {retention.RetentionAlert, growth.ExpansionOpportunity} <= on_topics
    assert {board.QuadrantChange, board.AccountQuadrant} <= on_topics


def test_every_source_topic_carries_heartbeats_and_is_read_by_the_door_alone() -> None:
    for name in SOURCES:
        assert "source.heartbeat" in registry.EVENTS_OF_TOPIC[name]
        assert TOPICS[name].consumers == ("door",)


def test_goals_and_milestones_may_come_from_the_product_and_from_the_crm() -> None:
    for name in ("goal.measured", "milestone.reached"):
        assert registry.topics_of(name) == ("product-usage", "crm-changes")


def test_state_events_and_no_others_are_patches() -> None:
    families = ("contract.", "contact.", "goal.", "milestone.")
    expected = {
        name
        for name in MESSAGES
        if name.endswith(".changed") or name.startswith(families) or name == "ticket.updated"
    }
    assert expected == PATCHES


def test_journal_and_state_have_one_partition_count_for_life() -> None:
    journal, state = TOPICS["account-journal"], TOPICS["account-state"]
    assert journal.partitions == state.partitions == 32
    assert journal.pinned
    assert state.pinned


def test_an_oversized_original_still_fits_into_its_dead_letter() -> None:
    largest = max(TOPICS[name].max_message_bytes for name in SOURCES)
    assert TOPICS["account-journal"].max_message_bytes == 2 * largest
    assert TOPICS["dead-letters"].max_message_bytes == 2 * largest
    assert TOPICS["account-state"].max_message_bytes == 8 * 1024 * 1024


def test_states_are_compacted_and_histories_are_not() -> None:
    compacted = {topic.name for topic in TOPICS.values() if topic.cleanup_policy == "compact"}
    assert compacted == {"account-state", "account-quadrants"}


def test_a_prefix_makes_the_real_name_and_an_unknown_topic_has_none() -> None:
    assert real_name("t3f9-", "product-usage") == "t3f9-product-usage"
    with pytest.raises(KeyError):
        real_name("", "no-such-topic")
    assert set(topics.TOPICS) == {topic.name for topic in TOPICS.values()}
