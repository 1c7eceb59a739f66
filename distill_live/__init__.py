"""Distill Live: an instrument made from a musician's own recordings."""

__version__ = "0.1.0"
