"""AWS facts as data, each with its source and date, and pure look-ups over them.

Nothing in here imports another part of the project or reads the clock, the environment or the
network: the same question always gets the same answer, and a fact changes only when a file under
``data/`` does.
"""
