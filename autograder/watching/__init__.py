"""`course watch`: grades hand-ins as they arrive."""
