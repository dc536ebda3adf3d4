"""A real Apache Kafka for a laptop: no Docker, no Maven and no Java to install.

with local_kafka() as broker:           # a fresh one, gone with the block or with this process
    use(broker.bootstrap)
with resolve_brokers() as broker:       # TWOMOTION_BROKERS when set, else a fresh local one
    use(broker.bootstrap)
find_brokers()                          # TWOMOTION_BROKERS, else the one of `twomotion kafka up`
"""

from streams.devkafka.broker import Broker, Kind, find_brokers, local_kafka, resolve_brokers
from streams.devkafka.errors import KafkaUnavailable, NoKafkaAnswers

__all__ = [
    "Broker",
    "KafkaUnavailable",
    "Kind",
    "NoKafkaAnswers",
    "find_brokers",
    "local_kafka",
    "resolve_brokers",
]
