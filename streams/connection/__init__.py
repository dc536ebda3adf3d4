"""How every client of this project reaches Kafka: addresses, TLS, and who it says it is.

connection = connection_from(environment, bootstrap="kafka-1:9093")
AIOKafkaProducer(**connection.aiokafka())
KafkaAdminClient(**connection.kafka_python())

Whoever takes an `Address` takes a plain `host:port` too: a Kafka without TLS and without names, such as the
local one. `rights` says what each kind of user has to be allowed on the broker, `refusals` why a broker
refuses one.
"""

from streams.connection.connection import Address, Connection, connection_from, connection_of
from streams.connection.security import KafkaSecurity, WrongConnection

__all__ = [
    "Address",
    "Connection",
    "KafkaSecurity",
    "WrongConnection",
    "connection_from",
    "connection_of",
]
