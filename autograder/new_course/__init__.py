"""`course new`: a fresh course for one class, in a folder of its own."""
