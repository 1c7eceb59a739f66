"""The recorder process: writes takes from shared memory to disk."""
