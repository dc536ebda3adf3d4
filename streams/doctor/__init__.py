"""What a broker and a system on it are like, one line a fact, and what to do about each that is wrong.

- `finding`: a line, its level, and the exit code that all of them make
- `cluster`: whether a broker answers, which one, whether transactions can work
- `contract`: topics and their settings, the user's rights
- `clock`: how far the broker's clock is from this machine's
- `work`: groups, lags, partitions that stand still, transactions that stay open
- `states`: whether states and journal belong together, and the room for a copy on disk
- `catalogs`: the catalogs here, and what was activated
- `examine`: all of them, in this order

Nothing is changed on the broker: the one record that is written is taken back before anybody can read it.
"""
