"""Ranked lists with their reasons: for a posting, for a worker, for a search."""
