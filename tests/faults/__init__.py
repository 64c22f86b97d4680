"""What the queue promises, shown by faults on real processes and real servers."""
