"""distill-train: learns a folder of recordings and exports it as a `.distill` bundle."""
