"""The workspace folder: corpora, encoders, embeddings, runs, lock and trash."""
