"""The interface for programs, under /v1: requests in, records out. What is decided is decided elsewhere."""
