"""Commands and what sets parameters by them: ramps, mappings, the input, gestures."""
