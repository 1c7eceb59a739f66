"""Previews during a run, and the HTML report at its end."""
