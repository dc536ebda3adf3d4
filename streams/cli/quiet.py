"""What the Kafka client logs while it retries is no news to a person: an error says it once, in words."""

from __future__ import annotations

import logging


def quiet_clients() -> None:
    """Show nothing of the Kafka clients' own logs."""
    for name in ("aiokafka", "kafka"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
