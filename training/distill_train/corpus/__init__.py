"""Corpus: read, augment, analyse and cache recordings, and cut them into chunks."""
