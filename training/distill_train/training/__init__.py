"""Training: model, losses, loop, checkpoints and events."""
