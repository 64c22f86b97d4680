"""The command line: a thin layer that speaks HTTP to the services."""
