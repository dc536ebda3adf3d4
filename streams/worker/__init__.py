"""The worker: one Faust app that runs the door and the engine against Kafka.

The only place that imports Faust. What Faust keeps doing here: group membership, assignment of
partitions, the changelog of the state table and its recovery. What is replaced, because stock Faust
costs 50 µs a message or loses data (each file says which pitfall it meets):

- `transport`, `consumer_thread`, `batch_app`: one message per fetched batch, with its base position
- `broken_connection`: a connection that closes while it is written to
- `lean_faust`: Faust without the HTTP client that it imports for a name
- `guard`: a stage processes a gap-free run from its committed offset, or stops
- `table`: the account states by partition, with their changelog
- `recovery`: reading that changelog back, which ends the worker where stock Faust would go silent
- `rest`, `local_store`, `stored_rest`: where they rest: in memory, or on disk
- `lanes`: ordered, idempotent writing, one batch in flight per partition
- `door_stage`, `journal_writer`: source topics → journal and dead letters, watermarks
- `engine_stage`, `partition_task`, `commit_time`: journal → alerts, states, partition records, and when
- `writing`, `exactly_once`, `at_least_once`: what a commit is, and how it becomes durable
- `admin`, `topics`: the contract's topics and the broker's
- `checks`: what has to be true of the broker and its topics before anything starts
- `metrics`, `status`, `report`: what a worker says about itself
- `supervisor*`: several workers on one host, kept running, with one address for all
- `app`, `run`, `process`: putting it together; running it here, or as a child process
"""
