"""Inter-process communication: message types, pipes, child processes, priority, signals."""
