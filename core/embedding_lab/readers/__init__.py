"""Files to rows: one reader per format, and the guessing that precedes them."""
