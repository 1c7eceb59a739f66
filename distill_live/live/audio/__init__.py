"""The audio process: output devices, the callback, waiting for a missing device."""
