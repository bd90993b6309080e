"""What an instructor looks at when a class is graded: one page, its plots, and an export for a plagiarism checker."""
