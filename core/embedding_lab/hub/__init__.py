"""Encoders on a hub: looking them up, choosing their files, downloading them safely."""
