"""Listen to an input: samples in, numbers out; any split of the samples gives the same numbers."""
