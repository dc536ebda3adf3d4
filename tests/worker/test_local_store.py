"""The copy of the changelog on disk: never ahead of a save, and dropped where it is in doubt."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.worker.local_store import Changelog, LocalStore, StoreUnusable
from streams.worker.rest import MemoryRest, Rest

pytest.importorskip("rocksdict", reason="the extra `rocksdb` is not installed")

HOUR_MS = 3_600_000
CHANGELOG = Changelog(b"topic-01", ends=dict.fromkeys(range(4), 1_000), keeps_deletions_ms=24 * HOUR_MS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "twomotion" / "1"


def open_store(folder: Path, changelog: Changelog = CHANGELOG, now_ms: int = 0) -> LocalStore:
    return LocalStore(folder, changelog, lambda: now_ms)


def fill(folder: Path, now_ms: int = 0) -> None:
    store = open_store(folder, now_ms=now_ms)
    for partition in (0, 1):
        rest = store.rest(partition)
        rest[b"acme"] = b"state of acme"
        rest[b"\0partition"] = b"positions"
        rest.save(41, whole=True)
    store.close()


def test_what_was_saved_is_there_after_a_restart_with_its_offset(folder: Path) -> None:
    fill(folder)

    rest = open_store(folder).rest(1)

    assert rest.applied == 41
    assert dict(rest.items()) == {b"acme": b"state of acme", b"\0partition": b"positions"}
    assert rest.size() == (1, 22)


def test_what_was_not_saved_is_not_there_after_a_restart(folder: Path) -> None:
    fill(folder)
    store = open_store(folder)
    rest = store.rest(0)
    rest[b"acme"] = b"newer"
    rest[b"globex"] = b"new"
    assert rest[b"acme"] == b"newer"
    store.close()

    again = open_store(folder).rest(0)

    assert again.applied == 41
    assert dict(again.items())[b"acme"] == b"state of acme"
    assert b"globex" not in again


def test_a_process_that_is_killed_leaves_states_and_offset_of_one_moment(folder: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from tests.worker.test_local_store import open_store\n"
        "rest = open_store(pathlib.Path(sys.argv[1])).rest(0)\n"
        "for n in range(200):\n"
        "    rest[b'acme'] = rest[b'globex'] = b'%d' % n\n"
        "    rest.save(n, whole=True)\n"
        "rest[b'acme'] = b'never saved'\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=False)

    rest = open_store(folder).rest(0)

    assert rest.applied == 199
    assert dict(rest.items()) == {b"acme": b"199", b"globex": b"199"}


def rests(folder: Path) -> Iterator[Rest]:
    yield MemoryRest()
    yield open_store(folder).rest(3)


def test_it_is_the_same_mapping_as_a_dict_in_memory(folder: Path) -> None:
    chance = random.Random(5)
    keys = [b"\0own", *(b"account-%d" % n for n in range(12))]
    steps = [(chance.choice("spgdn"), chance.choice(keys), b"x" * chance.randrange(9)) for _ in range(2_000)]
    seen = []
    for rest in rests(folder):
        told: list[object] = []
        for number, (step, key, value) in enumerate(steps):
            if step == "s":
                rest[key] = value
            elif step == "p":
                told.append(rest.pop(key, None))
            elif step == "g":
                told.append((rest.get(key), key in rest))
            elif step == "d":
                rest.save(number, whole=True)
            else:
                told.append((rest.size(), sorted(rest.items()), sorted(rest), len(rest)))
        seen.append(told)

    assert seen[0] == seen[1]


def test_partitions_do_not_see_each_other(folder: Path) -> None:
    fill(folder)
    store = open_store(folder)

    store.rest(0).forget()

    assert dict(store.rest(0).items()) == {}
    assert store.rest(0).applied is None
    assert len(store.rest(1)) == 2
    assert store.rest(255).applied is None


@pytest.mark.parametrize(
    ("changelog", "now_ms"),
    [
        (Changelog(b"topic-02", CHANGELOG.ends, CHANGELOG.keeps_deletions_ms), 0),
        (Changelog(b"topic-01", dict.fromkeys(range(4), 41), CHANGELOG.keeps_deletions_ms), 0),
        (CHANGELOG, 12 * HOUR_MS),
        (CHANGELOG, -1),
    ],
    ids=["of another topic", "ahead of the changelog", "older than deletions are known", "from the future"],
)
def test_a_copy_in_doubt_is_dropped(folder: Path, changelog: Changelog, now_ms: int) -> None:
    fill(folder)

    rest = open_store(folder, changelog, now_ms).rest(0)

    assert rest.applied is None
    assert dict(rest.items()) == {}
    assert rest.size() == (0, 0)


def test_what_was_written_at_least_once_is_dropped(folder: Path) -> None:
    fill(folder)

    rest = LocalStore(folder, CHANGELOG, lambda: 0, exactly_once=False).rest(0)

    assert rest.applied is None


def test_a_partition_that_comes_back_is_trusted_beyond_the_changelog_of_the_start(folder: Path) -> None:
    store = open_store(folder)
    store.rest(0).save(5_000, whole=True)

    assert store.rest(0).applied == 5_000


def test_a_copy_that_is_read_up_in_pieces_is_as_old_as_its_first_piece(folder: Path) -> None:
    fill(folder)
    store = open_store(folder, now_ms=11 * HOUR_MS)
    store.rest(0).save(50, whole=False)
    store.rest(1).save(50, whole=True)
    store.close()

    store = open_store(folder, now_ms=12 * HOUR_MS)

    assert store.rest(0).applied is None
    assert store.rest(1).applied == 50


def test_a_damaged_store_is_begun_anew(folder: Path) -> None:
    fill(folder)
    (folder / "CURRENT").write_text("nonsense")

    assert open_store(folder).rest(0).applied is None


def test_a_second_process_in_the_folder_is_refused(folder: Path) -> None:
    store = open_store(folder)

    with pytest.raises(StoreUnusable, match="give each worker a --data of its own"):
        open_store(folder)
    store.close()


def test_without_the_library_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rocksdict", None)

    with pytest.raises(StoreUnusable, match=r"pip install 'twomotion\[rocksdb\]'"):
        open_store(folder)
