"""The door: what may enter the journal, and what the journal is told about time.

Pure, like the core behind it: bytes in, records out. A record's fate depends on its bytes, the
topic it lies on and the broker's timestamp alone, so that a door which crashed and reads again
writes the same journal records again; the engine drops those by their positions.

- `admit`: one source record → what is journalled, a heartbeat, or a refusal with its reason
- `clock`: how far each source partition is complete, and when that is worth a watermark record
- `pacing`: which partition to read from next, so that backlogs stay side by side in event time
- `dead_letter`: the letter that a refused record becomes
"""
