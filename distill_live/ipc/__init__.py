"""Inter-process communication: messages over pipes, child processes, priority, signals."""
