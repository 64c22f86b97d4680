"""Words as people write them: variants, completions, rivals, what a sentence is about.

Everything here is pure: built from names that are handed in, never changed, and safe to
read from any thread.
"""
