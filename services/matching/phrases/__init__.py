"""Phrases nobody understood yet, and what operators say they mean."""
