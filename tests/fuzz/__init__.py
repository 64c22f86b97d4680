"""Schemathesis against the live services, as three callers with things of their own.

`python -m tests.fuzz` (or `make fuzz`) runs all of it; `test_fuzz.py` a short form.
"""
