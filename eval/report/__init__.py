"""The report of a run: one self-contained page, and the same tables as Markdown."""
