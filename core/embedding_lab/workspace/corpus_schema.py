"""The tables and indexes of a corpus's database."""

from __future__ import annotations

from embedding_lab.workspace.corpus_pictures import PICTURES_TABLE
from embedding_lab.workspace.corpus_report import REPORT_TABLE
from embedding_lab.workspace.corpus_sources import SOURCES_TABLE

SCHEMA = f"""{PICTURES_TABLE}{SOURCES_TABLE}{REPORT_TABLE}
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT UNIQUE, text TEXT NOT NULL, title TEXT, label TEXT,
    extra TEXT, content_key INTEGER NOT NULL, source INTEGER, line INTEGER, picture TEXT);
CREATE TABLE queries (id TEXT PRIMARY KEY, text TEXT NOT NULL, extra TEXT);
CREATE TABLE qrels (
    split TEXT NOT NULL, query_id TEXT NOT NULL, document_id TEXT NOT NULL, grade REAL NOT NULL,
    PRIMARY KEY (split, query_id, document_id));
"""
# Made once all rows are there: that takes a second for a million rows, keeping them up to date
# while rows come in takes many times as long.
INDEXES = """
CREATE INDEX IF NOT EXISTS documents_by_content ON documents (content_key);
CREATE INDEX IF NOT EXISTS documents_by_label ON documents (label);
"""
