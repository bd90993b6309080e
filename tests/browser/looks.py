"""How things looked when somebody last looked at them: screenshots that tests compare with.

To take them anew, after a change that is meant to be seen: `LOOKS=keep make test`; then look at tests/browser/looks/.
"""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

KEPT = Path(__file__).parent / "looks"
SEEN = Path(__file__).parent.parent.parent / "build" / "looks"
# Fonts differ a little between machines, so what is compared is blurred: how bright each patch is, out of 255.
_PATCH = 12
_MOST_ON_AVERAGE, _MOST_IN_A_PATCH = 1.5, 45.0


def assert_looks_as_it_did(element, name, above=""):
    """Compare an element of a page with the screenshot of that name.

    Args:
        element: what to look at.
        name: the screenshot's.
        above: a selector of what may lie above it and is left out, such as a bar that stays while a page scrolls.

    Raises:
        AssertionError: if they differ in size or in what can be seen where; what was seen is then in `build/looks/`.
    """
    hidden = f"{above} {{ visibility: hidden; }}" if above else None
    taken = element.screenshot(animations="disabled", style=hidden)
    kept = KEPT / f"{name}.png"
    if os.environ.get("LOOKS") == "keep":
        KEPT.mkdir(exist_ok=True)
        kept.write_bytes(taken)
    seen, before = Image.open(io.BytesIO(taken)).convert("RGB"), Image.open(kept).convert("RGB")
    difference = _difference(seen, before)
    if not (difference.mean() <= _MOST_ON_AVERAGE and difference.max() <= _MOST_IN_A_PATCH):
        SEEN.mkdir(parents=True, exist_ok=True)
        (SEEN / f"{name}.png").write_bytes(taken)
        raise AssertionError(
            f"{name} looks otherwise: by {difference.mean():.1f} on average, by {difference.max():.0f} in a patch. "
            f"Compare {SEEN.name}/{name}.png with what is kept."
        )


def _difference(seen, before):
    """Return by how much each patch differs; sizes may be off by a line of text in another font."""
    assert abs(seen.width - before.width) <= _PATCH, (seen.size, before.size)
    assert abs(seen.height - before.height) <= _PATCH, (seen.size, before.size)
    size = max(1, before.width // _PATCH), max(1, before.height // _PATCH)
    one, other = (np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=float) for picture in (seen, before))
    return np.abs(one - other).max(axis=2)
