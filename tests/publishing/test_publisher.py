"""Where records land, in which order, and what is said when they cannot."""

from __future__ import annotations

import asyncio

import pytest

from schemas.partitioning import partition_of
from schemas.topics import TOPICS
from streams.devkafka import Broker
from streams.devkafka.launch import free_port
from streams.publishing import BrokerUnreachable, CannotPublish, Publisher
from streams.publishing.publisher import ROUND_RECORDS
from tests.support.events import heartbeat, session
from tests.support.topics import apply_topics, records_on

ACCOUNTS = [f"account-{number}" for number in range(40)]
PARTITIONS = TOPICS["product-usage"].partitions


def test_accounts_keep_their_partition_and_their_order_over_many_rounds(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)
    count = 3 * ROUND_RECORDS + 7

    async def publish() -> int:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            for number in range(count):
                account = ACCOUNTS[number % len(ACCOUNTS)]
                await publisher.put("product-usage", account.encode(), b"%d" % number)
        return publisher.acknowledged["product-usage"]

    assert asyncio.run(publish()) == count

    landed = records_on(kafka.bootstrap, f"{prefix}product-usage")
    assert sorted(int(record.value or b"") for record in landed) == list(range(count))
    for account in ACCOUNTS:
        mine = [record for record in landed if record.key == account.encode()]
        assert {record.partition for record in mine} == {partition_of(account.encode(), PARTITIONS)}
        assert [int(record.value or b"") for record in mine] == list(
            range(ACCOUNTS.index(account), count, len(ACCOUNTS))
        )


def test_a_heartbeat_is_on_every_partition_behind_the_events_before_it(kafka: Broker, prefix: str) -> None:
    apply_topics(kafka.bootstrap, prefix)

    async def publish() -> None:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            for number, account in enumerate(ACCOUNTS):
                await publisher.put("product-usage", account.encode(), session(number, account))
            await publisher.put_everywhere("product-usage", heartbeat(1))
            await publisher.put("product-usage", b"acme", session(99, "acme"))

    asyncio.run(publish())

    landed = records_on(kafka.bootstrap, f"{prefix}product-usage")
    for partition in range(PARTITIONS):
        keys = [record.key for record in landed if record.partition == partition]
        assert keys.count(None) == 1
        assert keys[-1] is None or (keys[-2:] == [None, b"acme"])


def test_a_record_that_the_broker_does_not_take_is_an_error_and_not_counted(
    kafka: Broker, prefix: str
) -> None:
    apply_topics(kafka.bootstrap, prefix)
    too_large = b"x" * (TOPICS["product-usage"].max_message_bytes + 1)

    async def publish() -> None:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            await publisher.put("product-usage", b"acme", too_large)

    with pytest.raises(CannotPublish, match="did not take"):
        asyncio.run(publish())


def test_a_missing_topic_is_said_with_what_to_do(kafka: Broker, prefix: str) -> None:
    async def publish() -> None:
        async with Publisher(kafka.bootstrap, prefix) as publisher:
            await publisher.put("product-usage", b"acme", b"{}")

    with pytest.raises(CannotPublish, match=f"no topic {prefix}product-usage") as told:
        asyncio.run(publish())
    assert "topics apply" in told.value.hint


def test_an_address_where_nobody_answers_is_said() -> None:
    async def publish() -> None:
        async with Publisher(f"127.0.0.1:{free_port()}"):
            pass

    with pytest.raises(BrokerUnreachable):
        asyncio.run(publish())
