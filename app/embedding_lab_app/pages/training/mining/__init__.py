"""Mining hard negatives: choosing, watching, and looking at what was found."""
