"""`twomotion dead-letters` on a real broker: what is replayed goes through the door, and never twice."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from schemas.dead_letters import DeadLetter, ReasonCode
from streams.assembly import load_system
from streams.cli.main import root
from streams.detection.engine import PartitionEngine
from streams.devkafka import Broker
from streams.door.replay import MARK
from tests.worker.support import Cluster, by_partition, session

ORIGIN = "product-usage/3/0"


@pytest.fixture
def cluster(kafka: Broker, prefix: str) -> Cluster:
    made = Cluster(kafka.bootstrap, prefix)
    made.apply()
    return made


def refused_by_an_earlier_release(cluster: Cluster, value: bytes) -> None:
    """An event that this release takes and an earlier one did not: the original and its letter."""
    cluster.put("product-usage", b"what lay there", partition=3, key=b"acme")
    letter = DeadLetter(
        id=ORIGIN,
        reason=ReasonCode.UNKNOWN_TYPE,
        sentence="there is no event of that type",
        stage="door",
        topic="product-usage",
        partition=3,
        offset=0,
        broker_time=datetime(2026, 3, 1, tzinfo=UTC),
        account_id="acme",
        key_base64=base64.b64encode(b"ticket-7").decode(),
        value_base64=base64.b64encode(value).decode(),
    )
    cluster.put("dead-letters", letter.encode(), key=ORIGIN.encode())


def dead_letters(cluster: Cluster, *arguments: str) -> Result:
    shown = CliRunner().invoke(
        root, ["dead-letters", *arguments, "--brokers", str(cluster.brokers), "--prefix", cluster.prefix]
    )
    assert shown.exit_code == 0, shown.output
    return shown


def sent(cluster: Cluster) -> int:
    return int(json.loads(dead_letters(cluster, "replay", ORIGIN, "--json").stdout)["sent"])


def folded(cluster: Cluster, account: str) -> int:
    """How many events of the account the journal leads to in the facts."""
    system = load_system()
    for number, records in by_partition(cluster.read("account-journal")).items():
        engine = PartitionEngine(system, number, {})
        engine.process(records)
        found = engine.account(account.encode())
        if found is not None:
            return engine.stats.events - engine.stats.publisher_repeats
    return 0


def test_replayed_twice_it_is_in_the_facts_once(cluster: Cluster) -> None:
    value = session("acme", "e-1")
    refused_by_an_earlier_release(cluster, value)

    dry = json.loads(
        dead_letters(cluster, "replay", "--reason", "unknown_type", "--dry-run", "--json").stdout
    )
    assert dry == {"dry_run": True, "sent": 0, "letters": [{"id": ORIGIN, "verdict": "send", "why": ""}]}
    assert sent(cluster) == 1
    assert sent(cluster) == 0  # before any worker has read it
    with cluster.worker() as worker:
        worker.wait_caught_up()
        assert sent(cluster) == 0  # and after
        worker.wait_caught_up()

    (replayed,) = [record for record in cluster.read("product-usage") if dict(record.headers).get(MARK)]
    assert (replayed.partition, replayed.key, replayed.value) == (3, b"ticket-7", value)
    assert dict(replayed.headers) == {MARK: ORIGIN.encode()}
    assert folded(cluster, "acme") == 1


def test_what_slips_through_all_the_same_is_dropped_by_its_event_id(cluster: Cluster) -> None:
    value = session("acme", "e-1")
    refused_by_an_earlier_release(cluster, value)
    assert sent(cluster) == 1
    # Two people who replay in the same moment see nothing of each other.
    cluster.put("product-usage", value, partition=3, key=b"ticket-7", headers=[(MARK, ORIGIN.encode())])

    with cluster.worker() as worker:
        worker.wait_caught_up()

    assert folded(cluster, "acme") == 1


def test_letters_are_listed_by_reason_source_and_time_and_shown_whole(cluster: Cluster) -> None:
    refused_by_an_earlier_release(cluster, session("acme", "e-1"))

    assert ORIGIN in dead_letters(cluster, "list", "--reason", "unknown_type", "--until", "2026-03-01").output
    for other in (("--reason", "null_value"), ("--topic", "crm-changes"), ("--since", "2026-03-02")):
        assert "No dead letters" in dead_letters(cluster, "list", *other).output
    shown = dead_letters(cluster, "show", ORIGIN).output
    assert "there is no event of that type" in shown
    assert "ticket-7" in shown and '"event_id": "e-1"' in shown


def test_without_the_topics_it_says_what_to_do(kafka: Broker, prefix: str) -> None:
    shown = CliRunner().invoke(
        root, ["dead-letters", "list", "--brokers", kafka.bootstrap, "--prefix", prefix + "none-"]
    )

    assert shown.exit_code == 1 and "topics apply" in shown.output


def test_explain_reads_the_journal_and_asks_the_worker_alike(cluster: Cluster) -> None:
    cluster.put("product-usage", session("acme", "e-1"), partition=0)
    with cluster.worker() as worker:
        worker.wait_caught_up()
        asked = CliRunner().invoke(root, ["explain", "acme", "--url", worker.url, "--json"])
        read = CliRunner().invoke(
            root,
            [
                "explain",
                "acme",
                "--from-kafka",
                "--brokers",
                str(cluster.brokers),
                "--prefix",
                cluster.prefix,
                "--json",
            ],
        )
        nobody = CliRunner().invoke(root, ["explain", "nobody", "--url", worker.url])

    assert asked.exit_code == 0, asked.output
    assert json.loads(asked.stdout) == json.loads(read.stdout)
    assert nobody.exit_code == 2, nobody.output
