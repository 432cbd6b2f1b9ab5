"""One small script a system: what its documentation would have a newcomer write, behind one command line."""
