"""A folder of recordings, made ready: read, augmented, analysed, cached, cut into chunks."""
