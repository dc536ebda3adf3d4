"""The machine: facts, detectors, lifecycle, catalog and engine.

Pure by contract: nothing below this package knows Kafka, asks a clock or reads the environment. Time is an
argument, events come in as values, what follows from them goes out as values.
"""
