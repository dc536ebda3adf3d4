"""The engine over history, without Kafka."""
