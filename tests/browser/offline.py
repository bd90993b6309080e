"""Pages of a browser that reach this machine and no other."""

import re

_ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1[:/])")
# Machines are noisy: what takes long is waited for, and what never comes fails all the same.
PATIENCE = 60_000


def new_page(browser, **settings):
    """Return a page in a context of its own, wide enough for a graph; close it with `page.context.close()`."""
    context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}} | settings)
    context.set_default_timeout(PATIENCE)
    context.route(_ELSEWHERE, lambda route: route.abort())
    return context.new_page()
