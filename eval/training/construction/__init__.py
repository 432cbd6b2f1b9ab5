"""Claim pairs whose label is certain by construction. It rewrites real sentences by rule and never asks a model."""
