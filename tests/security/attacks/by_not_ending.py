"""Not coming to an end, dying in the middle, and going on after the end."""

from attacks.by_exhaustion import CHILDREN, exhausting


def _waiting(name, *cells, **more):
    return exhausting(name, *cells, together="waiting and dying", **more)


def _hanging(name, cell, **more):
    return _waiting(f"no end: {name}", cell, cell_seconds=3, hangs=True, **more)


def _dying(name, cell):
    return _waiting(f"death: {name}", cell, verdict="^The code ended its own|^The kernel died: signal", hangs=True)


ATTACKS = (
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
        "its channel closed",
        "get_ipython().kernel.session.channel._socket.close()",
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
        "its event loop stopped",
        "import asyncio; asyncio.get_running_loop().stop()",
        verdict="^$|signal|ended",
    ),
    # --- What stays ---
    _waiting(
        "stay: daemons, in a session of their own, that ignore all signals",
        CHILDREN,
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
        CHILDREN,
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
        CHILDREN,
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
