"""Offline rendering to sound files, each with a comment from which it can be rendered again."""
