"""What is laid aside comes back, partition by partition, in its order."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from schemas.journal import EVENT_HEADER
from streams.lab.backtest.spool import CHUNK, Spool
from streams.lab.backtest.spread import part
from streams.lab.history import JournalEntry


def entry(partition: int, offset: int) -> JournalEntry:
    header = (EVENT_HEADER, b"%030d" % offset)
    return JournalEntry(
        partition, offset, b"acme", b'{"n":%d}' % offset, (header,), 1_700_000_000_000 + offset
    )


@pytest.mark.parametrize("in_memory", [1, 1 << 30])
def test_each_partition_comes_back_in_its_order(in_memory: int, tmp_path: Path) -> None:
    records = [entry(n % 3, n // 3) for n in range(3 * CHUNK + 50)]
    with Spool(tmp_path, in_memory) as spool:
        spool.put(records[:1000])
        spool.put(records[1000:])
        for _ in range(2):
            for partition in range(3):
                back = [record for part in spool.of(partition) for record in part]
                assert back == [record for record in records if record.partition == partition]
    assert list(tmp_path.iterdir()) == []


def test_nothing_laid_aside_is_nothing(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        assert list(spool.of(0)) == []


def test_what_is_told_of_parts_adds_up_to_the_whole() -> None:
    heard: list[int] = []
    reading, folding = part(heard.append, 0.25), part(heard.append, 0.75 * 1000 / 7)
    for _ in range(10):
        reading(100)
    for _ in range(7):
        folding(1)
    assert sum(heard) in (999, 1000)


class Fetched(NamedTuple):
    """A record of a Kafka client."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int


def test_records_of_another_reader_come_back_with_all_that_an_engine_asks_of_them(tmp_path: Path) -> None:
    mine = entry(0, 7)
    with Spool(tmp_path) as spool:
        spool.put([Fetched(0, 7, mine.key, mine.value, list(mine.headers), mine.timestamp)])
        assert list(spool.of(0)) == [[mine]]
