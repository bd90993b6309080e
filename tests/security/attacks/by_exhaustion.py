"""Using up what the machine has: processes, memory, the disk, and what may be printed."""

from attacks.attack import Attack, Where

_OUT_OF_MEMORY = "more than 250 MiB of memory|^$"

# A process that forks, for attacks that need many: it works a while, and never harms the machine if it is not stopped.
CHILDREN = """
import mmap
def fork(until):
    # Without namespaces, other attackers may have used up for a moment what a user may start.
    while True:
        try:
            return os.fork()
        except OSError:
            if time.time() > until:
                raise
            time.sleep(0.05)
def start(deed, orphan=False):
    child = fork(time.time() + 4)
    if child:
        os.waitpid(child, 0) if orphan else None
        return
    try:
        if not orphan or fork(time.time() + 4) == 0:
            os.setsid() if orphan else None
            deed()
    finally:
        os._exit(0)
def fill(mebibytes, seconds=4):
    kept = []
    for _ in range(mebibytes // 10):
        kept.append(bytearray(b"x") * (10 * 2**20))
        time.sleep(0.01)
    time.sleep(seconds)
"""


def exhausting(name, *cells, verdict="^$", together="using everything up", cell_seconds=8, **more):
    kind = {"where": Where.EACH_KIND, "may_fail": True, "bites": False}
    return Attack(name, cells, verdict, together, cell_seconds=cell_seconds, **kind, **more)


def _filling(name, cell, verdict="more than 250 MiB of memory"):
    return exhausting(f"memory: {name}", CHILDREN, cell, verdict=verdict)


def _printing(name, deed):
    return exhausting(f"output: {name}", f"while True: {deed}", verdict="printed more than 2 MiB", together="printing")


ATTACKS = (
    # --- Processes and threads ---
    exhausting(
        "processes: a bomb",
        """
until = time.time() + 1
def bomb():
    while time.time() < until:
        with contextlib.suppress(OSError):
            os.fork()
        time.sleep(0.01)
if os.fork() == 0:
    bomb()
    os._exit(0)
time.sleep(1.5)
""",
        verdict="more than 40 processes|^$",
    ),
    exhausting(
        "processes: threads without number",
        """
threading.stack_size(65536)
count = 0
while count < 3000:
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    count += 1
print("BREACH:", count, "threads")
""",
        verdict="more than 40 processes|^$",
    ),
    exhausting(
        "processes: many that have cut loose",
        CHILDREN,
        """
here, there = os.pipe()
for _ in range(60):
    start(lambda: os.write(there, b"x") and time.sleep(60), orphan=True)
time.sleep(0.5)
os.set_blocking(here, False)
count = len(os.read(here, 100))
print("BREACH:" if count > 40 else "only", count, "processes")
""",
        verdict="more than 40 processes|^$",
    ),
    # --- Memory ---
    _filling("one array", "x = bytearray(2**30); print('BREACH', len(x))", verdict="^$"),
    _filling("little by little", "fill(450)", verdict=_OUT_OF_MEMORY),
    _filling("many processes", "for _ in range(8): start(lambda: fill(60))\ntime.sleep(5)"),
    _filling("processes that have cut loose", "for _ in range(8): start(lambda: fill(60), orphan=True)\ntime.sleep(5)"),
    _filling(
        "processes that keep others from looking",
        "_libc.prctl(4, 0, 0, 0, 0)\nfor _ in range(8): start(lambda: fill(60))\ntime.sleep(5)",
    ),
    _filling(
        "processes with names that confuse",
        """
def named():
    _libc.prctl(15, b"x kB", 0, 0, 0)
    fill(60)
for _ in range(8):
    start(named)
_libc.prctl(15, b"\\n) Z 1 kB", 0, 0, 0)
time.sleep(5)
""",
    ),
    _filling(
        "processes whose first thread has ended",
        """
def headless():
    threading.Thread(target=fill, args=(60,)).start()
    call("exit", 0)
for _ in range(8):
    start(headless)
time.sleep(5)
""",
    ),
    _filling(
        "siblings instead of children",
        """
def sibling():
    if call("clone", 0x8000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
        fill(60)
        os._exit(0)
for _ in range(8):
    try:
        sibling()
    except OSError:
        start(sibling)
time.sleep(5)
""",
    ),
    _filling(
        "pages that are shared",
        """
area = mmap.mmap(-1, 450 * 2**20)
for place in range(0, len(area), 4096):
    area[place] = 1
print("BREACH: 450 MiB")
""",
        verdict=_OUT_OF_MEMORY,
    ),
    _filling("locked pages", "print('BREACH') if _libc.mlockall(3) == 0 else None", verdict="^$"),
    # --- Disk and descriptors ---
    exhausting(
        "disk: large files in every folder",
        """
written = 0
for folder in {os.getcwd(), "/tmp", "/dev/shm", "/dev", os.environ["TMPDIR"]}:
    for number in range(8):
        with _quiet, open(f"{folder}/large-{number}", "wb", 0) as file:
            for _ in range(10):
                written += file.write(bytes(2**20))
time.sleep(1.5)
print("BREACH: wrote", written) if written > 70 * 2**20 else None
""",
        verdict="^$|disk_mib|MiB of disk|MiB in files",
    ),
    exhausting(
        "disk: files without number",
        """
made = 0
with _quiet:
    for made in range(60000):
        os.close(os.open(f"n{made}", os.O_CREAT | os.O_WRONLY))
time.sleep(1.5)
print("BREACH: made", made) if made > 30000 else None
""",
        verdict="^$|disk_mib|MiB of disk|MiB in files",
    ),
    exhausting(
        "disk: one file with a hole, and folders in folders in folders",
        """
with _quiet:
    os.truncate(open("hole", "w").name, 2**40) or print("BREACH: 1 TiB")
for _ in range(3000):
    os.mkdir("d"); os.chdir("d")
os.mkdir("closed", 0)
""",
        verdict="^$|disk_mib",
    ),
    exhausting(
        "descriptors",
        """
kept = []
with _quiet:
    while len(kept) < 3000:
        kept += os.pipe()
print("BREACH:", len(kept)) if len(kept) > 300 else None
del kept
""",
        hangs=True,
    ),
    # --- Output ---
    _printing("printed", "print('x' * 1000)"),
    _printing("printed as one line", "print('x' * 1000, end='')"),
    _printing("as warnings", "print('x' * 1000, file=sys.stderr)"),
    _printing("as bytes", "os.write(1, b'x' * 1000)"),
    _printing("as bytes of warnings", "os.write(2, b'x' * 1000)"),
    _printing("by another program", "subprocess.run(['sh', '-c', 'yes | head -c 300000; yes | head -c 300000 >&2'])"),
    _printing("shown", "display('x' * 10000)"),
    _printing("shown and cleared", "display('x' * 10000, clear=True)"),
    _printing("shown again and again", "display('x' * 100000, display_id='one', update=True)"),
    _printing("many lines at once", "print('x\\n' * 2**20); time.sleep(0.2)"),
)
