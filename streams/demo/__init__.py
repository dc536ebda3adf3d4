"""The whole system once, on a made-up history: a Kafka, the topics, a worker, a story, and what comes out.

- `run`: does it, and stays to the end of everything it started
- `telling`: a story onto the source topics, as fast as they take it
- `outcome`: what the topics hold afterwards, beside the truth
- `report`: the same for people: two lanes, the board, truth against found
- `progress`: what is going on, while it is going on
"""

from streams.demo.outcome import Outcome
from streams.demo.run import Demo, DemoFailed

__all__ = ["Demo", "DemoFailed", "Outcome"]
