"""Takes: a recording of the output and the log of events from which it can be rendered again."""
