"""Lines of a file, plain or packed (`.gz`, `.zst`), with a byte order mark left out and a cut end noticed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

PACKED = (".gz", ".zst")
_CHUNK = 1 << 18
_BOM = b"\xef\xbb\xbf"
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError)


class CutShort(Exception):
    """A packed file ends in the middle, or is not what its name says."""


class Lines:
    """Iterates a file's lines as bytes, each with its line break. Raises OSError, CutShort."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._stream = _unpacked(path, self._raw)
        self._told = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            first = self._stream.readline()
            if first:
                yield first.removeprefix(_BOM)
                yield from self._stream
        except _BROKEN as error:
            raise CutShort(f"the packed file is cut short or damaged ({error})") from error

    def text(self, encoding: str) -> Iterator[str]:
        """The lines decoded, each with its line break, where a line break may be more than one byte (UTF-16). Raises
        UnicodeDecodeError, LookupError, OSError, CutShort."""
        try:
            yield from io.TextIOWrapper(self._stream, encoding=encoding, newline="")
        except _BROKEN as error:
            raise CutShort(f"the packed file is cut short or damaged ({error})") from error

    def progress(self) -> int:
        """Bytes of the file on disk that were read since the last call."""
        if self._raw.closed:
            return 0
        now = self._raw.tell()
        moved, self._told = now - self._told, now
        return moved

    def close(self) -> None:
        self._stream.close()
        self._raw.close()


def packed_name(path: Path) -> str:
    """A file's ending without that of its packing.

    >>> packed_name(Path("crm/deals.csv.gz"))
    '.csv'
    """
    return Path(path.stem).suffix if path.suffix in PACKED else path.suffix


def _unpacked(path: Path, raw: BinaryIO) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb"))
    if path.suffix == ".zst":
        return io.BufferedReader(_Zstd(raw), _CHUNK)
    return raw


class _Zstd(io.RawIOBase):
    """Unpacks frame after frame, and raises EOFError where the last one is not whole: the package's own reader
    ends without a word."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._began = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            packed = self._raw.read(_CHUNK)
            if not packed:
                if self._began and not self._frame.eof:
                    raise EOFError("the last frame is not whole")
                return 0
            self._ready = self._unpack(packed)
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _unpack(self, packed: bytes) -> bytes:
        parts = []
        while packed:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._began = True
            parts.append(self._frame.decompress(packed))
            packed = self._frame.unused_data
        return b"".join(parts)
