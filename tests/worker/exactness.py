"""What exactly once means, record for record: the journal folded by the pure core against all that was written."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TOPICS, real_name
from streams.assembly import load_system
from streams.detection.account import Account
from streams.detection.engine import PartitionEngine
from streams.detection.partition import PartitionState
from streams.worker.told import PLACES
from streams.worker.topics import OUTPUTS, STATE
from tests.worker.support import Cluster, by_partition

#: (topic, key, value), and how often it was said.
Said = Counter[tuple[str, bytes, bytes]]

_PARTITION = msgspec.msgpack.Decoder(PartitionState)


def said(cluster: Cluster) -> Said:
    """Every committed message of the engine's output topics."""
    return Counter((name, r.key, r.value or b"") for name in OUTPUTS for r in cluster.read(name))


def expected(cluster: Cluster) -> tuple[Said, dict[bytes, bytes]]:
    """Messages and states that the journal asks for, each partition folded in one batch."""
    system = load_system()
    messages: Said = Counter()
    states: dict[bytes, bytes] = {}
    for partition, records in by_partition(cluster.read("account-journal")).items():
        rest: dict[bytes, bytes] = {}
        engine = PartitionEngine(system, partition, rest)
        messages.update((m.topic, m.key, m.value) for m in engine.process(records))
        engine.flush()
        engine.committed()
        states |= rest
    return messages, states


def assert_exact(cluster: Cluster, *, repeats: bool = False, places_again: bool = False) -> None:
    """Every message of the fold was said once and no other, and the states are the fold's.

    Args:
        repeats: a message may have been said more often.
        places_again: only what the board shows may have been.
    """
    messages, states = expected(cluster)
    assert messages.total() > 20
    got = said(cluster)
    assert messages - got == Counter(), "not said"
    if repeats:
        assert got.keys() == messages.keys()
    elif places_again:
        assert got.keys() == messages.keys()
        assert {each for each in got - messages if each[0] != PLACES} == set(), "said too often"
    else:
        assert got - messages == Counter(), "said too often, or wrong"
    written: dict[bytes, bytes] = {}
    for record in cluster.read(STATE):
        if record.value is None:
            written.pop(record.key, None)
        else:
            written[record.key] = record.value
    assert written.keys() == states.keys()
    for key, value in states.items():
        if key.startswith(b"\0partition-"):
            assert _place(written[key]) == _place(value), key
        elif not key.startswith(b"\0"):
            assert _account(key, written[key]) == _account(key, value), key


def _account(key: bytes, value: bytes) -> tuple[object, ...]:
    """All of an account but the offset at which it was encoded and the numbers that feeds have there."""
    account = Account.decode(key, value)
    return account.facts, account.state, account.wakes


def _place(value: bytes) -> tuple[object, ...]:
    state = _PARTITION.decode(value)
    return state.next_offset, state.positions, state.clocks, sorted(state.feeds)


def open_partitions(cluster: Cluster, topic: str) -> int:
    """Partitions with records of a transaction that is neither committed nor aborted yet."""

    async def ends(isolation: str) -> dict[TopicPartition, int]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=cluster.brokers, enable_auto_commit=False, isolation_level=isolation
        )
        await consumer.start()
        try:
            name = real_name(cluster.prefix, topic)
            found: dict[TopicPartition, int] = await consumer.end_offsets(
                [TopicPartition(name, n) for n in range(TOPICS[topic].partitions)]
            )
            return found
        finally:
            await consumer.stop()

    stable = asyncio.run(ends("read_committed"))
    return sum(end > stable[tp] for tp, end in asyncio.run(ends("read_uncommitted")).items())
