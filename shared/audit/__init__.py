"""Who looked at whom, and who decided what: a log that cannot be changed unseen."""
