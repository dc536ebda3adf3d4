"""What one worker's whole path does in a second, beside stock Faust, in one run on one local Kafka.

`python -m bench` publishes seeded loads to a Kafka of its own, then starts one worker at a time and measures
from the first journalled event until the last one is folded and committed: door, journal and engine, every
signal of the catalogs. A plain Faust app that keeps a table for one of the signals reads the same usage
events from the same broker. Worker and rival have the first core each in their turn, the broker and this
program the second one.

- `plan`: the run, in order
- `shapes`, `load`, `customers`: how much is published, and what, from a seed
- `publish`: onto the topics, in large batches
- `worker_run`, `stock_run`, `stock_faust`: a run of the worker, a run of the rival, and the rival
- `sampled_worker`, `stages`: the worker under a sampler; which stage a moment of it belongs to
- `latency`, `recovery`, `at_rest`: from published to readable; from started to ready; the size of accounts
- `watching`, `cores`, `changelog`: a process from outside; which core it may use; what the broker keeps
- `figures`, `report`, `targets`: arithmetic; the document and its table; what has to be true of it
- `page`, `plots`: build/bench.html
- `compare`: two documents side by side
"""
