"""The other services' feeds in; one index in every ranking process out."""
