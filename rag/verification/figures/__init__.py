"""Figures of a text: numbers with units, comparators, rates and the words they belong to; every one of a claim must be
one of its cited sentences', or follow from one by conversion.

The room reads English as medicine writes it and decides by rules alone. Where it is not plain which words a number
belongs to it says nothing; where a number is not in the sentences it always speaks.
"""

from rag.verification.figures.faults import figure_fault, foreign_figures
from rag.verification.figures.figure import Figure
from rag.verification.figures.reading import figures

__all__ = ["Figure", "figure_fault", "figures", "foreign_figures"]
