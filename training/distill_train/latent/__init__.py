"""Latent space analysis: named axes, landmarks, their map."""
