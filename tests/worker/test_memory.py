"""What the worker's process gives back of its memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Megabytes that stay after forty of them were freed, with small objects of the C heap in between.
STAY = """
import zlib
from streams.worker.memory import return_large_buffers

def resident() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 1e6

{call}
freed = bytearray(2 << 20)
del freed
before = resident()
large, small = [], []
for n in range(40):
    large.append(bytearray(b"x") * (1 << 20))
    small.append(zlib.compressobj())
small_alone = sum(1 for _ in small) * 0.27
del large
print(resident() - before - small_alone)
"""


def stays(call: str) -> float:
    told = subprocess.run(
        [sys.executable, "-c", STAY.format(call=call)], capture_output=True, text=True, check=True
    )
    return float(told.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="asks glibc")
def test_freed_megabytes_leave_the_process() -> None:
    assert stays("assert return_large_buffers()") < 10 < stays("")
