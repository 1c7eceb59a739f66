"""Takes: the sound as it went out, and beside it what made it, so that it can be made again."""
