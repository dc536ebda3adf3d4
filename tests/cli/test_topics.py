"""`twomotion topics`: the contract's topics on a real broker."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from schemas.topics import TOPICS, real_name
from streams.cli.topics import topics
from streams.devkafka import Broker
from tests.support.waiting import eventually


def run(kafka: Broker, prefix: str, *words: str) -> Result:
    return CliRunner().invoke(topics, [*words, "--brokers", kafka.bootstrap, "--prefix", prefix])


def test_check_names_every_missing_topic_and_what_to_do(kafka: Broker, prefix: str) -> None:
    result = run(kafka, prefix, "check")

    assert result.exit_code == 4
    for name in TOPICS:
        assert f"{name}: topic is missing" in result.output
    assert "twomotion topics apply" in result.output


def test_apply_makes_what_check_expects(kafka: Broker, prefix: str) -> None:
    applied = run(kafka, prefix, "apply", "--json")
    checked = run(kafka, prefix, "check", "--json")

    assert applied.exit_code == 0
    assert len(json.loads(applied.stdout)["done"]) == len(TOPICS)
    assert checked.exit_code == 0
    assert json.loads(checked.stdout) == {"differences": []}


def test_applying_twice_does_nothing(kafka: Broker, prefix: str) -> None:
    run(kafka, prefix, "apply")

    again = run(kafka, prefix, "apply", "--json")

    assert json.loads(again.stdout)["done"] == []


def test_a_changed_setting_is_shown_and_put_right(kafka: Broker, prefix: str) -> None:
    run(kafka, prefix, "apply")
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    resource = ConfigResource(
        ConfigResourceType.TOPIC, real_name(prefix, "account-state"), {"cleanup.policy": "delete"}
    )
    admin.alter_configs([resource])
    admin.close()

    def told() -> Result | None:
        result = run(kafka, prefix, "check", "--json")
        return result if result.exit_code else None

    checked = eventually(told, what="the change")
    assert checked is not None
    applied = run(kafka, prefix, "apply")

    assert checked.exit_code == 4
    (difference,) = json.loads(checked.stdout)["differences"]
    assert (difference["topic"], difference["setting"], difference["found"]) == (
        "account-state",
        "cleanup.policy",
        "delete",
    )
    assert applied.exit_code == 0
    assert run(kafka, prefix, "check").exit_code == 0


def test_a_pinned_topic_with_another_partition_count_is_left_as_it_is(kafka: Broker, prefix: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics({real_name(prefix, "account-journal"): {"num_partitions": 3}}, wait_for_metadata=True)
    admin.close()

    applied = run(kafka, prefix, "apply")

    assert applied.exit_code == 4
    assert "account-journal: partitions is 3, should be 32 (pinned for life" in " ".join(
        applied.output.split()
    )


def test_sources_may_have_more_partitions_than_the_contract_starts_with(kafka: Broker, prefix: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics({real_name(prefix, "crm-changes"): {"num_partitions": 6}}, wait_for_metadata=True)
    admin.create_topics({real_name(prefix, "product-usage"): {"num_partitions": 2}}, wait_for_metadata=True)
    admin.close()

    assert run(kafka, prefix, "apply").exit_code == 0
    assert run(kafka, prefix, "check").exit_code == 0
