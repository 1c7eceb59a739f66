"""What a trained model's latent space holds: axes with names, landmarks, a map."""
