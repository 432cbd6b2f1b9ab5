"""PDF articles and guidelines: one file is one source. Only the reader is for other rooms."""

from rag.ingestion.readers.pdf.reader import PdfReader

__all__ = ["PdfReader"]
