"""Indexing: builds, opens and checks index folders. The only door to faiss and bm25s.

A folder is self-contained: texts, vectors, both search structures and the query encoder. No pickle anywhere.
"""
