"""The quality of claim checkers: their probabilities measured against human labels, beside three baselines.

`python -m eval.verifier_quality` measures the shipped model or any other by name. It trains no checker and changes no
label; the baselines are fitted on training parts alone.
"""
