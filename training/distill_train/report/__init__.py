"""What a run shows and lets hear: previews, and one page at its end."""
