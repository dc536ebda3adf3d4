"""The journal's partitioner is Kafka's own, bit for bit."""

from __future__ import annotations

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas_murmur2

from schemas.partitioning import murmur2, partition_of


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_that_of_kafkas_own_test(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed


@forall(st.binary(max_size=64))
def test_the_hash_is_that_of_the_python_client(data: bytes) -> None:
    assert murmur2(data) & 0xFFFFFFFF == kafkas_murmur2(data) & 0xFFFFFFFF


@forall(st.text(), st.integers(1, 64))
def test_an_account_always_lives_in_one_partition_that_exists(account: str, partitions: int) -> None:
    partition = partition_of(account.encode(), partitions)
    assert 0 <= partition < partitions
    assert partition == partition_of(account.encode(), partitions)
