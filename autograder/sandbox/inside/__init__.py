"""What runs behind the walls: the process that kernels are forked from, and what is around each of them.

These modules know nothing outside this folder, so that the folder alone can be shown to the sandbox.
"""
