"""Kernels that are forked warm and run behind walls. Knows nothing of what the notebooks are about."""
