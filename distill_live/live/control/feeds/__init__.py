"""Feeds: what subscribers are sent without asking, and how lists are sent."""
