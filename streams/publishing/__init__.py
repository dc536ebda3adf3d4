"""Publishing events to the source topics: checked by the contract, in order, where they belong.

async with Publisher("localhost:9092") as publisher:
    await publisher.put("support-changes", b"acme", event)
    await publisher.put_everywhere("support-changes", heartbeat)
    await publisher.flush()                       # what was put is on the broker now

`check` says of lines of JSON whether the door would take them, `files` brings both together for a
file or a pipe.
"""

from streams.publishing.check import Checked, Message, RefusedLine, check_line, check_lines
from streams.publishing.errors import BrokerUnreachable, CannotPublish
from streams.publishing.publisher import Publisher

__all__ = [
    "BrokerUnreachable",
    "CannotPublish",
    "Checked",
    "Message",
    "Publisher",
    "RefusedLine",
    "check_line",
    "check_lines",
]
