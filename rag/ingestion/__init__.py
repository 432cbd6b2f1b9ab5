"""Ingestion: corpus files in, documents and passages out. It never guesses what a file does not say."""
