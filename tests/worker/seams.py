"""The private parts of faust-streaming and aiokafka that the worker overrides or relies on, and what for.

`python -m tests.worker.seams` prints the digests as the installed versions have them: take them over only
after reading what has changed, and what the sentence beside it says of it.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import Any, NamedTuple

VERSIONS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1"}
"""What the digests below are of."""

_CONSUMER = "faust.transport.consumer:Consumer"
_THREAD = "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread"
_RECOVERY = "faust.tables.recovery:Recovery"
_SENDER = "aiokafka.producer.sender"


class Seam(NamedTuple):
    """One function or class by `module:qualified name`, a digest of its source, and what leans on it."""

    name: str
    digest: str
    why: str


SEAMS = (
    Seam(
        f"{_CONSUMER}.getmany",
        "807bd024653c",
        "replaced by transport: one message a batch, the generation noted last",
    ),
    Seam(
        f"{_CONSUMER}._wait_next_records",
        "56b1b90abdee",
        "transport takes (records, active partitions) from it",
    ),
    Seam(
        f"{_CONSUMER}.resume_partitions",
        "c4d54ae6f931",
        "transport defers the sources' part until after the seek",
    ),
    Seam(f"{_CONSUMER}.pause_partitions", "b42a5095e9fd", "transport takes back what it deferred"),
    Seam(f"{_CONSUMER}.perform_seek", "d98522034ac0", "transport seeks first, then resumes"),
    Seam(
        f"{_CONSUMER}._new_offset",
        "3388508b5e1e",
        "transport takes the highest acked: batches are acked in order",
    ),
    Seam(f"{_CONSUMER}.commit", "b8ee100f6ef8", "transport puts the state's offset in before it, for tools"),
    Seam(f"{_CONSUMER}._commit_tps", "07884e32d542", "calls _commit_offsets, which asks _new_offset"),
    Seam(
        f"{_CONSUMER}._commit_offsets",
        "e2ab6185fcf7",
        "hands the offsets to _commit, where the notes are added",
    ),
    Seam(f"{_CONSUMER}.on_buffer_full", "4c0205ae5cfd", "switched off: it pauses every partition and sleeps"),
    Seam(f"{_CONSUMER}.on_buffer_drop", "025c8c202874", "switched off with it"),
    Seam(f"{_CONSUMER}._add_gap", "97ce28512a27", "switched off: a batch's offset is its position"),
    Seam(f"{_CONSUMER}._is_changelog_tp", "d49f9051fcca", "tells what is recovered from what is processed"),
    Seam(f"{_CONSUMER}.on_partitions_revoked", "6efbddf0d659", "clears what was acked and not committed"),
    Seam("faust.transport.consumer:Fetcher._fetcher", "bbe277c79779", "drains getmany, for ever"),
    Seam(
        f"{_THREAD}._create_worker_consumer", "f8fa001aea0f", "in_transaction makes it read committed records"
    ),
    Seam(f"{_THREAD}.getmany", "989acc111382", "consumer_thread freezes the active partitions before it"),
    Seam(
        f"{_THREAD}._fetch_records", "42af390b2329", "consumer_thread adds positions, also of empty batches"
    ),
    Seam(
        f"{_THREAD}._seek_wait", "6b3e099cae37", "consumer_thread notes recovery's start positions before it"
    ),
    Seam(f"{_THREAD}._commit", "3ba4061c722f", "replaced by consumer_thread: commits with a note"),
    Seam(
        f"{_THREAD}._highwaters", "aa954f2bbfb8", "recovery's end is asked of the broker, as read committed"
    ),
    Seam(f"{_THREAD}.highwater", "fa9710b8494c", "replaced by consumer_thread: the last stable offset"),
    Seam(
        f"{_RECOVERY}._restart_recovery",
        "ddb4b52f34e1",
        "highwaters are asked for after the table's on_rebalance",
    ),
    Seam(
        f"{_RECOVERY}.on_rebalance",
        "2a0a819ae377",
        "takes persisted_offset, drops what another rebalance overtook",
    ),
    Seam(
        f"{_RECOVERY}._build_highwaters", "bd9b1024a8c6", "end − 1 is the last offset that recovery waits for"
    ),
    Seam(
        f"{_RECOVERY}._build_offsets",
        "68db560f2430",
        "where reading starts: persisted_offset or the earliest",
    ),
    Seam(
        f"{_RECOVERY}._wait",
        "c8c067867045",
        "a step that is not done in time counts as the end of the service",
    ),
    Seam(f"{_RECOVERY}._seek_offsets", "3b3edc65b79f", "seeks to the offset after the persisted one"),
    Seam(
        f"{_RECOVERY}._slurp_changelogs",
        "c844c399990d",
        "counts batches for recovery_buffer_size, ends at the highwater",
    ),
    Seam(
        f"{_RECOVERY}.on_recovery_completed",
        "25a109c347e5",
        "resumes the sources before it seeks: hence the deferral",
    ),
    Seam(f"{_RECOVERY}._resume_streams", "e2bf2daffef1", "the same without tables"),
    Seam(
        "faust.tables.manager:TableManager.on_rebalance",
        "611b03ec7e55",
        "awaits the table's on_rebalance first",
    ),
    Seam(
        "faust.tables.base:Collection.on_rebalance", "5d23c5f553de", "table claims its partitions before it"
    ),
    Seam(
        "faust.tables.base:Collection.apply_changelog_batch",
        "7d6634a2e110",
        "replaced by table, with this signature",
    ),
    Seam(
        "faust.app.base:App._on_partitions_revoked",
        "bfabd3f98fc0",
        "awaits the signal, on which engines are dropped",
    ),
    Seam("faust.app.base:App._on_partitions_assigned", "3dc9ca9aa918", "awaits the tables' on_rebalance"),
    Seam("faust.app.base:App._new_transport", "b979f6d42244", "replaced by batch_app"),
    Seam(
        "faust.assignor.partition_assignor:PartitionAssignor.assigned_actives",
        "bcc300fe54b1",
        "what may be written",
    ),
    Seam(
        "aiokafka.consumer.consumer:AIOKafkaConsumer.start",
        "8178b717d8e2",
        "passes _fetch_max_wait_ms and _fetch_max_bytes on at the start",
    ),
    Seam(
        "aiokafka.consumer.fetcher:Fetcher.fetched_records", "24555e6a470e", "no partitions means all of them"
    ),
    Seam(
        "aiokafka.consumer.fetcher:PartitionRecords._unpack_records",
        "aaf628e3bc48",
        "hands out what _consumer_record makes of a record, bare_records: the record itself",
    ),
    Seam(
        "aiokafka.consumer.fetcher:Fetcher._proc_offset_request",
        "e82894f0763d",
        "ends are those of committed records",
    ),
    Seam(
        "aiokafka.consumer.subscription_state:TopicPartitionState",
        "c27c6bd58ea5",
        "position, lso, has_valid_position; pause and resume",
    ),
    Seam(
        "aiokafka.consumer.group_coordinator:GroupCoordinator.fetch_committed_offsets",
        "d25b1d920819",
        "offsets with their notes",
    ),
    Seam(
        f"{_SENDER}:AddPartitionsToTxnHandler.handle_response",
        "ac4eb001fc59",
        "waits BACKOFF_OVERRIDE, 3 ms here",
    ),
    Seam(
        f"{_SENDER}:Sender._do_txn_commit",
        "90dcea4867d4",
        "commits although a send has failed: all are awaited before",
    ),
    Seam(
        "aiokafka.conn:AIOKafkaConnection.send",
        "baaa9aea3e3f",
        "an error of a closed transport is not caught there",
    ),
    Seam("aiokafka.conn:AIOKafkaConnection._send_sasl_token", "7239d0a44e03", "nor there"),
    Seam(
        "aiokafka.client:AIOKafkaClient._md_synchronizer",
        "66a1ce79ba3d",
        "ends without a word with an error that is no KafkaError",
    ),
    Seam(
        f"{_SENDER}:Sender._fail_all",
        "8a9880d51426",
        "a fenced producer fails what is sent and what is awaited",
    ),
    Seam(
        f"{_SENDER}:InitPIDHandler.handle_response",
        "848f2ab699cc",
        "asks again until the former transaction has ended",
    ),
    Seam(f"{_SENDER}:EndTxnHandler.handle_response", "ace176401091", "an old epoch is ProducerFenced"),
    Seam(
        f"{_SENDER}:SendProduceReqHandler.handle_response", "b35193a7f863", "an old epoch is ProducerFenced"
    ),
    Seam(f"{_SENDER}:SendProduceReqHandler._can_retry", "7308064092ab", "an idempotent batch never expires"),
    Seam(
        "aiokafka.producer.transaction_manager:TransactionManager",
        "76b88b98141b",
        "one transaction after the other",
    ),
    Seam(
        "aiokafka.producer.message_accumulator:BatchBuilder",
        "ae8b8e309dae",
        "closed batches, counted records",
    ),
    Seam(
        "aiokafka.producer.message_accumulator:MessageAccumulator._pop_batch",
        "33ae3ab14e9f",
        "counts sequence numbers when a batch is drained: nothing may be appended after it is handed over",
    ),
    Seam(
        "aiokafka.producer.producer:AIOKafkaProducer.send_batch", "082b05e5bda9", "waits for metadata alone"
    ),
    Seam(
        "aiokafka.producer.producer:AIOKafkaProducer.commit_transaction",
        "72d0bb8376d8",
        "awaits the end, raises its error",
    ),
)


def source_of(name: str) -> str:
    """The source without comments and blank lines; AttributeError or ImportError where it is gone."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    # A background task of a mode service wraps its function.
    function = getattr(found, "fun", found)
    lines = inspect.getsource(function).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.strip().startswith("#"))


def digest_of(name: str) -> str:
    return hashlib.sha256(source_of(name).encode()).hexdigest()[:12]


if __name__ == "__main__":
    for seam in SEAMS:
        print(digest_of(seam.name), seam.name)
