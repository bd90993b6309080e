"""Using up what the machine has, not coming to an end, and going on after it."""

from attacks.attack import Attack, Where

_OUT_OF_MEMORY = "more than 250 MiB of memory|^$"

# A process that forks, for attacks that need many: it works a while, and never harms the machine if it is not stopped.
_CHILDREN = """
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


def _exhausting(name, *cells, verdict="^$", together="using everything up", cell_seconds=8, **more):
    kind = {"where": Where.EACH_KIND, "may_fail": True, "bites": False}
    return Attack(name, cells, verdict, together, cell_seconds=cell_seconds, **kind, **more)


def _filling(name, cell, verdict="more than 250 MiB of memory"):
    return _exhausting(f"memory: {name}", _CHILDREN, cell, verdict=verdict)


def _printing(name, deed):
    return _exhausting(f"output: {name}", f"while True: {deed}", verdict="printed more than 2 MiB", together="printing")


def _waiting(name, *cells, **more):
    return _exhausting(name, *cells, together="waiting and dying", **more)


def _hanging(name, cell, **more):
    return _waiting(f"no end: {name}", cell, cell_seconds=3, hangs=True, **more)


def _dying(name, cell):
    return _waiting(f"death: {name}", cell, verdict="^The code ended its own|^The kernel died: signal", hangs=True)


ATTACKS = (
    # --- Processes and threads ---
    _exhausting(
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
    _exhausting(
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
    _exhausting(
        "processes: many that have cut loose",
        _CHILDREN,
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
    _exhausting(
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
    _exhausting(
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
    _exhausting(
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
    _exhausting(
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
    _waiting(
        "output: that goes on when the notebook is over",
        "threading.Thread(target=lambda: [print('x' * 100) or time.sleep(0.001) for _ in range(10**6)]).start()",
        "import atexit; atexit.register(lambda: [print('x' * 1000) for _ in range(10**6)])",
        verdict="^$|printed more than 2 MiB",
    ),
    # --- Time ---
    _hanging(
        "a loop that catches every interrupt",
        """
while True:
    with contextlib.suppress(BaseException):
        while True:
            time.sleep(0.01)
""",
    ),
    _hanging("a loop in C", "import collections, itertools; collections.deque(itertools.repeat(None), maxlen=0)"),
    _hanging("a pattern that backtracks", "re.match('(a+)+$', 'a' * 60 + 'b')"),
    _hanging(
        "signals ignored and blocked",
        """
for number in range(1, 65):
    with _quiet:
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
time.sleep(60)
""",
    ),
    _hanging("a kernel that stops itself", "os.kill(os.getpid(), signal.SIGSTOP); time.sleep(60)"),
    _hanging("a kernel that turns into another program", "os.execv('/bin/sleep', ['sleep', '60'])", verdict="^$|ended"),
    _hanging(
        "a kernel whose first thread ends", "threading.Thread(target=time.sleep, args=(60,)).start(); call('exit', 0)"
    ),
    _waiting("time: waiting", "time.sleep(60)", verdict="more than 8 s in all", hasty=True, cell_seconds=20),
    _waiting(
        "time: computing",
        "import collections, itertools; collections.deque(itertools.repeat(None), maxlen=0)",
        verdict="processor time|8 s in all",  # whichever comes first where many compute
        hasty=True,
        cell_seconds=20,
    ),
    _waiting(
        "time: computing, whatever the kernel says",
        "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        verdict="processor time|SIGKILL|8 s in all",
        hasty=True,
        cell_seconds=20,
    ),
    # --- Death ---
    _dying("os._exit", "os._exit(0)"),
    _dying(
        "os._exit in a thread, while it prints",
        "threading.Timer(0.1, os._exit, [3]).start()\nwhile True: print('x'); time.sleep(0.01)",
    ),
    _dying("os._exit while figures of other cells come", "display('x'); os._exit(1)"),
    _dying("no memory at address 0", "ctypes.string_at(0)"),
    _dying("abort", "os.abort()"),
    _dying("recursion without end", "sys.setrecursionlimit(10**9)\ndef f(x): return list(map(f, [x]))\nf(1)"),
    _waiting("death: exit", "exit()", "sys.exit(3)", "raise SystemExit", verdict="^$|ended its own", hangs=True),
    _waiting("death: MemoryError", "raise MemoryError", "x = [0] * 10**12"),
    # --- Its own sockets ---
    _hanging("its sockets closed", "os.closerange(3, 300)", verdict="^$|signal|ended"),
    _hanging(
        "its channels closed",
        "p = get_ipython().parent; p.iopub_socket.close(0); p.shell_socket.close(0); p.control_socket.close(0)",
        verdict="^$|signal|ended",
    ),
    _hanging("its sockets handed to a child that goes on", "os.fork(); print('two')", verdict="^$|signal|ended"),
    _hanging(
        "its sockets shut",
        """
for number in range(3, 200):
    with _quiet:
        tube = socket.socket(fileno=os.dup(number)); tube.shutdown(2); os.unlink(tube.getsockname())
""",
        verdict="^$|signal|ended",
    ),
    _hanging(
        "its threads' loops stopped",
        "get_ipython().kernel.iopub_thread.stop(); get_ipython().parent.control_thread.stop()",
        verdict="^$|signal|ended",
    ),
    # --- What stays ---
    _waiting(
        "stay: daemons, in a session of their own, that ignore all signals",
        _CHILDREN,
        """
def stay():
    for number in range(1, 65):
        with _quiet:
            signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 300)
    time.sleep(300)
for _ in range(3):
    start(stay, orphan=True)
subprocess.Popen(["sleep", "300"], start_new_session=True)
os.system("nohup setsid sleep 300 > /dev/null 2>&1 &")
""",
    ),
    _waiting(
        "stay: a process that is another one whenever somebody looks",
        _CHILDREN,
        """
def run_away():
    until = time.time() + 30
    while time.time() < until:
        with contextlib.suppress(OSError):
            if os.fork():
                os._exit(0)
for _ in range(3):
    start(run_away, orphan=True)
time.sleep(0.3)
""",
        verdict="^$|40 processes",
    ),
    _waiting(
        "stay: a process whose first thread has ended, and one that is stopped",
        _CHILDREN,
        """
def headless():
    threading.Thread(target=time.sleep, args=(300,)).start()
    call("exit", 0)
start(headless, orphan=True)
start(lambda: os.kill(os.getpid(), signal.SIGSTOP), orphan=True)
time.sleep(0.2)
""",
    ),
)
