"""Staying: what the next student's kernel would load, find or inherit."""

from attacks.attack import Attack

_LOOK_AROUND = """
import builtins, glob, json, os, random, sys, tempfile
import numpy
marks = [p for folder in (os.getcwd(), os.path.expanduser("~"), "/tmp", "/dev/shm", tempfile.gettempdir(), "/var/tmp")
         if os.access(folder, os.R_OK | os.X_OK) for p in glob.glob(folder + "/**", recursive=True) + glob.glob(folder + "/.*")
         if "left-behind" in p]
if marks:
    print("BREACH: files", marks)
if any(hasattr(place, "left_behind") for place in (builtins, numpy, json, os, sys, type(get_ipython()), get_ipython().kernel)):
    print("BREACH: patches")
if "left_behind" in dir() or "left_behind" in os.environ or any("left_behind" in str(m) for m in sys.path + sys.meta_path):
    print("BREACH: names")
if numpy.add(1, 1) != 2 or random.random() == 7:
    print("BREACH: other results")
"""

ATTACKS = (
    Attack(
        "leave files where the next kernel may find or load them",
        (
            """
folders = ["~", "~/.ipython/profile_default/startup", "~/.config/matplotlib", "~/.jupyter", "~/.local/lib/python3.11/site-packages",
           "/tmp", "/var/tmp", "/dev/shm", "/run", "/dev", "/dev/pts", "/etc", "/home", "/", W.scratch_of_all, W.temporary]
for folder in [*folders, os.environ["TMPDIR"] + "/.."]:
    folder = os.path.expanduser(folder)
    with _quiet:
        os.makedirs(folder, exist_ok=True)
    for name in ("left-behind", "left-behind.py", "left-behind.pth"):
        with _quiet:
            open(os.path.join(folder, name), "w").write("print('BREACH: start-up file')")
with _quiet:
    open(os.path.expanduser("~/.ipython/profile_default/startup/0.py"), "w").write("print('BREACH: start-up file')")
with _quiet:
    open(os.path.expanduser("~/.ipython/profile_default/ipython_config.py"), "w").write("print('BREACH: configuration')")
for name in ("sitecustomize.py", "usercustomize.py", "matplotlibrc"):
    for folder in [".", *sys.path]:
        with _quiet:
            open(os.path.join(folder or ".", name), "w").write("print('BREACH: start-up file')")
print("left")
""",
        ),
        next_cells=(_LOOK_AROUND,),
        bites=False,
    ),
    Attack(
        "patch what all kernels share",
        (
            """
import builtins, random
import numpy
left_behind = os.environ["left_behind"] = "left_behind"
for place in (builtins, numpy, json, os, sys, type(get_ipython()), get_ipython().kernel):
    place.left_behind = True
numpy.add = lambda *a: 3
random.random = lambda: 7
sys.path.insert(0, "left_behind"); sys.meta_path.insert(0, type("left_behind", (), {"find_spec": lambda *a: None})())
sys.modules["math"] = None
# And in memory that forks might share: objects of C, and pages of libraries.
ctypes.c_uint32.from_address(id(256) + 24).value = 3
libc = ctypes.CDLL(None)
page = ctypes.cast(libc.getppid, ctypes.c_void_p).value & ~4095
if libc.mprotect(ctypes.c_void_p(page), 8192, 7) == 0:
    start = ctypes.cast(libc.getppid, ctypes.c_void_p).value
    ctypes.memmove(start, b"\\x31\\xc0\\xc3", 3)  # return 0
print("patched")
""",
        ),
        next_cells=(_LOOK_AROUND, "assert sum([128, 128]) == 256; import math"),
        bites=False,
    ),
    Attack(
        "write through mapped files into programs and libraries",
        (
            """
import mmap
import numpy
_libc.mmap.restype = ctypes.c_void_p
for path in (sys.executable, numpy.__file__, json.__file__, "/bin/sh", "/usr/bin/env"):
    attempt(f"map {path} to write", lambda: mmap.mmap(os.open(path, os.O_RDWR), 0, mmap.MAP_SHARED))
    def through_reading():
        address = _libc.mmap(None, ctypes.c_size_t(4096), 1, mmap.MAP_SHARED, os.open(path, os.O_RDONLY), 0)
        if _libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(4096), 3):
            raise OSError("only to read")
    attempt(f"map {path} to read, and write", through_reading)
""",
        ),
        bites=False,
    ),
)
