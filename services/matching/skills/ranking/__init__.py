"""Ranks concepts for phrases that no name decides; it never decides itself."""
