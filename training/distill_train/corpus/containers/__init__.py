"""Containers: split sound files into streams of known length, whatever their headers claim."""
