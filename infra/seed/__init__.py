"""A realistic market to try things on: made up by rule, the same for the same seed."""
