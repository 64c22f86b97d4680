"""Limits on how often a caller may ask, kept in Valkey so that all processes agree."""
