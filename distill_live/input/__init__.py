"""Listen to an input: audio features of what a microphone or a line hears, hop by hop.

Samples in, features out; any split of the samples gives the same features. Devices are opened
elsewhere.
"""

from distill_live.input.features import HOP_SAMPLES, MAX_SAMPLE, FeatureAnalyser, Features

__all__ = ["HOP_SAMPLES", "MAX_SAMPLE", "FeatureAnalyser", "Features"]
