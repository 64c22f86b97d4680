"""The match engine: facts in, a ranking with its reasons out. Pure, no I/O."""
