"""Shared memory between the processes: counters, ring, meters, recording buffer, session log."""
