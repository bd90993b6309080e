"""Grading again what a corrected hidden test changes, and nothing else."""
