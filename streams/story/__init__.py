"""A seeded, believable history of business customers, and the truth about it.

Written from the outside: it knows what customers do (use, leave, complain, grow), not what a
detector looks for. `history.tell` gives the records in the order in which publishers would send
them, `history.write` the files, `score.score` compares what was found with what is true.
"""
