"""Retrieval: dense, lexical, fused; who may be cited at all; and the evidence of a question, with a quota per kind."""
