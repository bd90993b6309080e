"""Hidden tests: what they say, what they compare with, and how points add up."""
