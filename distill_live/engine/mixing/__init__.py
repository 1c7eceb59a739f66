"""Mixing: weights of models, groups that are synthesised together, loudness, output."""
