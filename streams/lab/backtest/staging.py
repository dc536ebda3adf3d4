"""Event files brought into the order of time, on disk: every row is checked before the first is folded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import msgspec

from schemas.dead_letters import ReasonCode
from schemas.registry import MESSAGES, topics_of
from schemas.topics import SOURCES
from streams.detection.catalog.problems import unknown_name
from streams.detection.units import Millis
from streams.door.admit import Heartbeat, Refusal, admit
from streams.lab.backtest.mapping import Mapping
from streams.lab.backtest.problems import BadInput, InputProblem, Refusals
from streams.lab.backtest.rows import BadCell, RowReader
from streams.lab.backtest.tables import Told, csv_table, parquet_table
from streams.lab.lines import CutShort, Lines, packed_name

MEMORY: Final = "512MB"
"""What sorting may take; beyond it the disk is used."""

JSON_LINES: Final = (".jsonl", ".ndjson")
ENDINGS: Final = (*JSON_LINES, ".csv", ".tsv", ".parquet")
_FAR: Millis = 4_102_444_800_000
_OF_LATER: Final = "`occurred_at` lies after the year 2099: is that right?"
_TOLD_EVERY = 4096
_BETWEEN = b"\x1f"
_KEYS = b"\x1e"


class Staged(NamedTuple):
    """One event that the door takes; `keys` are the accounts it goes to, none: all."""

    occurred: Millis
    topic: str
    system: str
    keys: tuple[bytes, ...]
    value: bytes


class Staging:
    """Checks files event by event, notes what is good, and gives it back in the order of `occurred_at`.

    Of two events of one moment the one of the earlier file, then of the earlier row comes first. `folder` takes
    the working files."""

    def __init__(self, folder: Path, mapping: Mapping | None, told: Told, refusals: Refusals) -> None:
        self._folder = folder
        self._mapping = mapping
        self._told = told
        self._refusals = refusals
        self._path = folder / "staged"
        self._out = self._path.open("wb", buffering=1 << 20)
        self._files = 0
        self.topics: set[str] = set()
        self.events = 0

    def add(self, path: Path, name: str | None = None) -> None:
        """Check every row of a file; `name` is in the ids of events that have none of their own. Raises BadInput for a
        file that cannot be read at all."""
        self._files += 1
        ending = packed_name(path)
        try:
            if ending in JSON_LINES:
                self._add_lines(path)
            elif ending in (".csv", ".tsv") or ending == ".parquet":
                self._add_table(path, ending, name or path.name)
            else:
                sentence = f"is none of {', '.join(ENDINGS)}, plain or packed (.gz, .zst)"
                raise BadInput([InputProblem(str(path), sentence)])
        except OSError as error:
            raise BadInput([InputProblem(str(path), f"cannot be read: {error.strerror}")]) from None

    def _add_lines(self, path: Path) -> None:
        lines, row = Lines(path), 0
        own = path.name.partition(".")[0]
        try:
            for line in lines:
                row += 1
                if row % _TOLD_EVERY == 0:
                    self._told(lines.progress())
                if value := line.strip():
                    self._take(path, row, own, value, None)
            self._told(lines.progress())
        except CutShort as error:
            raise BadInput([InputProblem(str(path), str(error), row + 1)]) from None
        finally:
            lines.close()

    def _add_table(self, path: Path, ending: str, name: str) -> None:
        mapping = self._mapping.of(path) if self._mapping else None
        if self._mapping is not None and mapping is None:
            sentence = "no entry of the mapping matches this file's name"
            raise BadInput([InputProblem(str(path), sentence)])
        if ending == ".parquet":
            table = parquet_table(path, self._told)
        else:
            delimiter = (mapping.delimiter if mapping else None) or ("\t" if ending == ".tsv" else None)
            encoding = mapping.encoding if mapping else "utf-8"
            table = csv_table(path, delimiter, encoding, self._told)
        reader = RowReader(str(path), table.columns, mapping, name)
        for row, cells in table.rows:
            try:
                made = reader.event(cells, row)
            except BadCell as wrong:
                self._refusals.add(InputProblem(str(path), wrong.sentence, row, wrong.column))
                continue
            if made is not None:
                self._take(path, row, topics_of(made[0])[0], made[1], reader)

    def _take(self, path: Path, row: int, topic: str, value: bytes, reader: RowReader | None) -> None:
        if topic not in SOURCES or reader is not None:
            known = topic if reader is not None else self._topic_of(path, row, value)
            if known is None:
                return
            topic = known
        verdict = admit(topic, None, value, _FAR)
        if isinstance(verdict, Refusal):
            sentence = _OF_LATER if verdict.reason is ReasonCode.IN_THE_FUTURE else verdict.sentence
            column = reader.column_of(sentence) if reader else None
            self._refusals.add(InputProblem(str(path), sentence, row, column))
            return
        if isinstance(verdict, Heartbeat):
            return  # a file says all there is to its end
        self.topics.add(topic)
        self.events += 1
        if b"\r" in value:
            value = value.replace(
                b"\r", b" "
            )  # between two tokens: the working file is of lines, whatever ends one
        keys = () if verdict.everywhere else tuple(entry.key for entry in verdict.entries)
        self._out.write(
            b"%d\x1f%d\x1f%d\x1f%d\x1f%b\x1f%b\x1f%b\n"
            % (
                verdict.occurred,
                self._files,
                row,
                SOURCES.index(topic),
                verdict.source_system.encode(),
                _KEYS.join(keys),
                value,
            )
        )

    def _topic_of(self, path: Path, row: int, value: bytes) -> str | None:
        try:
            name = _TYPE.decode(value).type
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._refusals.add(InputProblem(str(path), f"is no event: {error}", row))
            return None
        if name not in MESSAGES:
            self._refusals.add(
                InputProblem(str(path), unknown_name("type of event", name, MESSAGES), row, "type")
            )
            return None
        return topics_of(name)[0]

    def sorted(self) -> Iterator[Staged]:
        """Everything that was added, in the order of time."""
        self._out.close()
        connection = duckdb.connect(config={"threads": "1", "memory_limit": MEMORY})
        try:
            connection.execute("SET temp_directory = ?", [str(self._folder / "sorting")])
            connection.execute(_SORTED, [str(self._path)])
            while rows := connection.fetchmany(_TOLD_EVERY):
                for occurred, topic, system, keys, value in rows:
                    encoded = keys.encode() if keys else b""
                    accounts = tuple(encoded.split(_KEYS)) if encoded else ()
                    yield Staged(occurred, SOURCES[topic], system, accounts, value.encode())
        finally:
            connection.close()


class _Type(msgspec.Struct):
    type: str


_TYPE = msgspec.json.Decoder(_Type)
_SORTED: Final = """
SELECT occurred, topic, system, keys, value
FROM read_csv(?, auto_detect = false, header = false, delim = '\x1f', quote = '', escape = '', new_line = '\\n',
              max_line_size = 1100000, null_padding = false, parallel = false, columns = {
    'occurred': 'BIGINT', 'file': 'INTEGER', 'row': 'BIGINT', 'topic': 'INTEGER', 'system': 'VARCHAR',
    'keys': 'VARCHAR', 'value': 'VARCHAR'})
ORDER BY occurred, file, row
"""
