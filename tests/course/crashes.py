"""Each state in which a crash could leave a course, and what becomes of it; for programs run in its folder."""

import hashlib
import itertools
import os
import shutil
import sys
import threading
from pathlib import Path

# What a program begins with that uses this.
IMPORT = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom crashes import play\n"

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}


def play(run, folders):
    """Run, and keep each state between two writes in `moments/`; then go on from each, and keep the end in `after/`.

    Args:
        run: does what could crash, and goes on where it stopped.
        folders: what is kept besides the gradebook.
    """
    main, seen, number, watching = threading.current_thread(), set(), itertools.count(), True

    def files():
        found = [path for folder in folders for path in Path(folder).rglob("*")]
        return [path for path in sorted([*found, *Path().glob("gradebook.db*")]) if path.is_file()]

    def keep(place):
        for path in files():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place / path)

    def watch(event, arguments):
        nonlocal watching
        writes = event in _CHANGES or (event == "open" and arguments[2] and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if not watching or not writes or threading.current_thread() is not main:
            return
        watching = False
        state = hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files())).digest()
        if state not in seen:
            seen.add(state)
            keep(Path("moments") / str(next(number)))
        watching = True

    sys.addaudithook(watch)
    run()
    watching = False
    for moment in sorted(Path("moments").iterdir()):
        for path in files():
            path.unlink()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(moment, ".", dirs_exist_ok=True)
        run()
        keep(Path("after") / moment.name)
