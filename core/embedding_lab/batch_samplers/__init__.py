"""Who stands in a batch together: one file and one card for each way."""
