"""What one worker's whole path does in a second, beside stock Faust, in one run on one local Kafka.

`python -m bench` publishes a seeded load to a Kafka of its own, then starts one worker and measures
from the first journalled event until the last one is folded and committed: door, journal and engine,
every signal of the catalogs. A plain Faust app that keeps a table for one of the signals reads the same
usage events from the same broker. Worker and rival have the first core each in their turn, the broker
and this program the second one.

- `shapes`: how much is published: dense and sparse
- `load`, `customers`: the events, from a seed
- `publish`: onto the topics, in large batches
- `worker_run`, `stock_run`, `stock_faust`: the two runs, and the rival
- `watching`, `cores`: samples of a running process; which core it may use
- `figures`, `report`: arithmetic; the table and build/bench.json
"""
