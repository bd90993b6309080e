"""nbgrader's configuration for this course. Whoever forks it changes `repository`, and that is all."""

from autograder.config import configure

c = get_config()  # noqa: F821 - nbgrader provides it

configure(c, repository="backprop-course/backprop-course", ref="main")
