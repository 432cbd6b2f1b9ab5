"""Models: the only door to the libraries that run encoders, chat models and entailment models."""
