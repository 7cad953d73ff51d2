"""The Training page: what an encoder is trained on, and with which negatives."""
