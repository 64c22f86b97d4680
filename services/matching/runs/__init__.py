"""Match runs: the queue in PostgreSQL, the doorbell on Valkey, what a run keeps."""
