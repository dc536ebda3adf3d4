"""Reading what the system says: the output topics, decoded, and as one line for a person.

`reader` reads committed records only and joins no consumer group, so that looking leaves no trace.
"""

from streams.subscribing.lines import line_of
from streams.subscribing.reader import OUTPUTS, CannotRead, Output, Reader, Said

__all__ = ["OUTPUTS", "CannotRead", "Output", "Reader", "Said", "line_of"]
