"""Seeing people, not only runs: what operators ask of the market."""
