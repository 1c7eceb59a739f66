"""The network and its training: losses, loop, state, checkpoints, processes, events."""
