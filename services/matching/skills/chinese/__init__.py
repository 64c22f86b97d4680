"""What Chinese characters are to the rest: one spelling for each, and a sound.

Stands below folding and everything that folds: nothing here knows of names or phrases.
"""
