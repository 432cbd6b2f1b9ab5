"""Saved web pages: one page is one source. Only the reader is for other rooms."""

from rag.ingestion.readers.html.reader import HtmlReader

__all__ = ["HtmlReader"]
