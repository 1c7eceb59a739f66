"""Latent space: the point that is played, what moves it, and its map."""
