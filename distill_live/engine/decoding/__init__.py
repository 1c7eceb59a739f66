"""Decoding: which latents become chunks, when, and which of their frames."""
