"""With pseudonyms on, nobody's id or name is on any topic but the ones that publishers write."""

from __future__ import annotations

import json
from collections.abc import Iterator

from schemas.personal import kind_of
from schemas.topics import SOURCES, TOPICS
from streams.door.pseudonyms import Pseudonyms
from streams.story.history import tell
from tests.worker.support import Cluster, events, session

KEY = "a key of the tests, 32 bytes long"
WITH = {"TWOMOTION_PSEUDONYMS": "people", "TWOMOTION_PSEUDONYM_KEY": KEY}
ACCOUNTS, DAYS = 4, 120


def clear_of(value: bytes) -> Iterator[str]:
    """Everything in an event that tells who somebody is."""
    event = json.loads(value)
    for field, given in event.items():
        if kind_of(event["type"], field) is not None and given is not None:
            yield from given if isinstance(given, list) else [given]


def test_no_clear_id_or_name_leaves_the_source_topics(cluster: Cluster) -> None:
    clear = {text for each in tell(ACCOUNTS, DAYS).records() for text in clear_of(each.line)}
    assert len(clear) > 20
    cluster.publish_story(ACCOUNTS, DAYS, beats=24)
    cluster.put("product-usage", session("acme", user_id=["ann@acme.example"]), key=b"ann@acme.example")
    cluster.put("product-usage", b"ann@acme.example", headers=[("who", b"ann@acme.example")])
    clear.add("ann@acme.example")

    worker = cluster.worker(**WITH)
    worker.start()
    try:
        worker.wait_ready(120)
        worker.wait_caught_up(300)
        log = worker.log.read_text()
    finally:
        worker.stop()

    marks = {f'"{text}"' for text in clear} | {"ann@acme"}
    for name in TOPICS.keys() - set(SOURCES):
        for record in cluster.read(name):
            held = (record.key or b"", record.value or b"", *(value or b"" for _, value in record.headers))
            text = b" ".join(held).decode(errors="replace")
            found = {mark for mark in marks if mark in text}
            assert not found, (name, record.offset, found)
    assert len(cluster.read("dead-letters")) == 2
    assert KEY not in log
    assert not {text for text in clear if len(text) > 12 and text in log}
    assert cluster.output() == cluster.oracle()
    assert any(cluster.output().values())


def test_an_erasure_by_the_clear_id_erases_the_pseudonym(cluster: Cluster) -> None:
    erasure = {
        "event_id": "e-9", "type": "user.erase", "schema_version": 1, "account_id": "acme",
        "occurred_at": "2026-06-02T12:00:00Z", "source_system": "operator", "request_id": "r-1", "user_id": "u-1",
    }  # fmt: skip
    cluster.put("product-usage", session("acme", user_id="u-1"), key=b"acme")
    cluster.put("control", json.dumps(erasure).encode(), key=b"acme")

    worker = cluster.worker(**WITH)
    worker.start()
    try:
        worker.wait_ready(120)
        worker.wait_caught_up(300)
    finally:
        worker.stop()

    journalled = [json.loads(record.value) for record in events(cluster.read("account-journal"))]
    expected = Pseudonyms(KEY.encode(), "people").of("user", "acme", "u-1")
    assert {each["type"]: each["user_id"] for each in journalled} == {
        "session.started": expected,
        "user.erase": expected,
    }
