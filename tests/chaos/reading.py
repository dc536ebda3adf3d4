"""Topics read on from where the last reading ended, to their stable ends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import real_name

#: A killed worker's transaction is open until its successor begins or the broker gives it up.
_STABLE_S = 40.0


class Unstable(RuntimeError):
    """A transaction stays open: readers of committed records come no further."""


class Reading:
    """Records of topics of a prefix, committed ones unless `aborted_too`.

    Args:
        partitions: of every topic that is read, by contract name.
    """

    def __init__(
        self, brokers: str, prefix: str, partitions: Mapping[str, int], *, aborted_too: bool = False
    ) -> None:
        self._isolation = "read_uncommitted" if aborted_too else "read_committed"
        self._brokers = brokers
        self._names = {real_name(prefix, topic): topic for topic in partitions}
        self._tps = {
            TopicPartition(real_name(prefix, topic), number): topic
            for topic, count in partitions.items()
            for number in range(count)
        }
        self._next = dict.fromkeys(self._tps, 0)

    def read_on(self) -> dict[str, list[ConsumerRecord]]:
        """What is new, by contract name of the topic; in the order of each partition."""
        return asyncio.run(self._read_on())

    def ends(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Ends of the partitions of these topics, uncommitted records counted."""

        async def ask() -> dict[TopicPartition, int]:
            client = self._client("read_uncommitted")
            await client.start()
            try:
                return dict(
                    await client.end_offsets([tp for tp, name in self._tps.items() if name in topics])
                )
            finally:
                await client.stop()

        return asyncio.run(ask())

    def reached(self, topic: str) -> dict[TopicPartition, int]:
        """Where reading ended, by partition of a topic."""
        return {tp: self._next[tp] for tp, name in self._tps.items() if name == topic}

    async def _read_on(self) -> dict[str, list[ConsumerRecord]]:
        client = self._client(self._isolation)
        await client.start()
        try:
            client.assign(list(self._tps))
            ends = await self._stable_ends(client)
            behind = [tp for tp in self._tps if self._next[tp] < ends[tp]]
            client.assign(behind)
            for tp in behind:
                client.seek(tp, self._next[tp])
            found: dict[str, list[ConsumerRecord]] = {name: [] for name in self._names.values()}
            while any([await client.position(tp) < ends[tp] for tp in behind]):
                for tp, records in (await client.getmany(timeout_ms=200)).items():
                    found[self._tps[tp]] += records
            for tp in behind:
                self._next[tp] = await client.position(tp)
        finally:
            await client.stop()
        return found

    async def _stable_ends(self, client: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Ends that a reader of committed records comes to, once no transaction is open."""
        every = self._client("read_uncommitted")
        await every.start()
        try:
            deadline = asyncio.get_running_loop().time() + _STABLE_S
            while True:
                stable = await client.end_offsets(list(self._tps))
                last = await every.end_offsets(list(self._tps))
                if stable == last:
                    return dict(stable)
                if asyncio.get_running_loop().time() > deadline:
                    where = [str(tp) for tp in self._tps if stable[tp] != last[tp]]
                    raise Unstable(f"transactions stay open: {', '.join(where[:5])}")
                await asyncio.sleep(0.1)
        finally:
            await every.stop()

    def _client(self, isolation: str) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level=isolation,
            max_partition_fetch_bytes=4 << 20,
            fetch_max_wait_ms=50,
        )
