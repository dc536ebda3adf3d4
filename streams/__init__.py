"""Two motions over one customer: retention and growth, each for itself, from the same Kafka streams."""
