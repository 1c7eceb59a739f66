"""The synthesis process: renders the engine ahead into the shared ring, loads models."""
