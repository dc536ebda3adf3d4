"""What is laid aside comes back, partition by partition, in its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.journal import EVENT_HEADER
from streams.lab.backtest.spool import CHUNK, Spool
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
            for partition in spool.partitions:
                back = [record for part in spool.of(partition) for record in part]
                assert back == [record for record in records if record.partition == partition]
    assert list(tmp_path.iterdir()) == []


def test_nothing_laid_aside_is_nothing(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        assert spool.partitions == []
