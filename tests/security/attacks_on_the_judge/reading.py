"""Finding the hidden tests, or what they expect: in histories, frames, memory, files, and in what is asked."""

from attacks_on_the_judge.attack import DOUBLES, Attack, Kind

_READING = Kind.READING

ATTACKS = (
    Attack(
        "read the kernel's history",
        _READING,
        {
            "honest": """
shell = get_ipython()
keep(*In, *shell.history_manager.input_hist_parsed, *shell.history_manager.input_hist_raw)
attempt(lambda: keep(*(line for *_, line in shell.history_manager.get_range(0))))
attempt(lambda: keep(*(line for *_, line in shell.history_manager.search("*"))))
"""
            + DOUBLES,
        },
        stock=True,
    ),
    Attack(
        "read the sources that tracebacks are made of",
        _READING,
        {
            "honest": """
import linecache, inspect
keep(*(line for *_, lines, _ in filter(lambda e: len(e) == 4, linecache.cache.values()) for line in lines))
keep(*(attempt(lambda: inspect.getsource(value)) or "" for value in list(globals().values()) if callable(value)))
"""
            + DOUBLES,
        },
        stock=True,
    ),
    Attack(
        "search the garbage collector's objects",
        _READING,
        {
            "honest": """
for thing in gc.get_objects():
    if isinstance(thing, (dict, list, tuple, set)) and len(thing) < 20_000:
        for inner in list(thing.values() if isinstance(thing, dict) else thing):
            keep(inner) if isinstance(inner, str) else None
    elif isinstance(thing, types.FunctionType):
        keep(*(c for c in thing.__code__.co_consts if isinstance(c, str)))
"""
            + DOUBLES,
        },
        stock=True,
    ),
    Attack(
        "look at the frames that call",
        _READING,
        {
            "square": """
def look():
    for frame in sys._current_frames().values():
        while frame:
            keep(frame.f_locals, frame.f_code.co_consts, frame.f_code.co_names)
            for name in ("secret", "score", "answers"):
                keep(frame.f_locals.get(name), frame.f_globals.get(name))
            frame = frame.f_back
def square(x):
    look()
    return 9
""",
        },
        stock=True,
    ),
    Attack(
        "hear of all code that is compiled and executed",
        _READING,
        {
            "engine": """
def hear(event, arguments):
    if event in ("compile", "exec"):
        for thing in arguments:
            if isinstance(thing, (str, bytes)):
                keep(thing if isinstance(thing, str) else thing.decode(errors="replace"))
            elif isinstance(thing, types.CodeType):
                keep(thing.co_consts, *(inner.co_consts for inner in thing.co_consts if isinstance(inner, types.CodeType)))
sys.addaudithook(hear)
"""
        },
        stock=True,
    ),
    Attack(
        "trace every call",
        _READING,
        {
            "engine": """
def tracer(frame, event, argument):
    keep(frame.f_code.co_consts)
    return None
threading.setprofile(tracer)
get_ipython().events.register("pre_run_cell", lambda *_: sys.setprofile(tracer))
sys.setprofile(tracer)
"""
        },
        stock=True,
    ),
    Attack(
        "read syntax trees on their way",
        _READING,
        {
            "engine": """
import ast
class Reader(ast.NodeTransformer):
    def visit(self, node):
        keep(ast.unparse(node))
        return node
get_ipython().ast_transformers.append(Reader())
get_ipython().input_transformers_cleanup.append(lambda lines: keep(*lines) or lines)
"""
        },
        stock=True,
    ),
    Attack(
        "read every message that arrives",
        _READING,
        {
            "engine": """
heard = channel._next
def reading():
    keep(bytes(channel._heard).decode(errors="replace"))
    return heard()
channel._next = reading
honest = kernel.raw_input
def raw_input(prompt=""):
    request = honest(prompt)
    keep(request, str(kernel.get_parent("shell")))
    return request
kernel.raw_input = raw_input
"""
        },
        stock=True,
    ),
    Attack(
        "search the process's memory",
        _READING,
        {
            "honest": """
def search():
    mark = b"K33P" + b"-"
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(n, 16) for n in span.split("-"))
            if "rw" not in rights or end - start > 2**28:
                continue
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(start)
                content = memory.read(end - start)
                for match in re.finditer(mark + rb"\\w{16}", content):
                    keep(match[0].decode())
attempt(search)
"""
            + DOUBLES,
        },
        stock=True,
    ),
    Attack(
        "search files, the environment and the command line",
        _READING,
        {
            "honest": """
def search(top):
    for count, (folder, folders, files) in enumerate(os.walk(top)):
        if count > 200:  # programs may lie there, and are no secret
            break
        for name in files[:50]:
            with contextlib.suppress(OSError):
                path = os.path.join(folder, name)
                if os.path.getsize(path) < 10**6:
                    keep(open(path, errors="replace").read())
for top in (".", os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm"):
    search(top)
for name in ("environ", "cmdline", "stat", "comm"):
    attempt(lambda: keep(open("/proc/self/" + name, errors="replace").read()))
keep(str(dict(os.environ)), str(sys.argv))
"""
            + DOUBLES,
        },
    ),
    Attack(
        "provoke errors in a function of the test, and read them",
        _READING,
        {
            "numeric": """
heard = []
def numeric_gradient(f, x):
    for given in [(), (1, 2, 3), ("text",), ([],), ([[1.0]],), (None,), (10**400,), (np.ones(3),), (True,), ({"a": 1},)]:
        try:
            heard.append(repr(f(*given)))
        except BaseException as error:
            heard.append(repr(error) + repr(error.__context__) + repr(getattr(error, "__notes__", "")))
    for name in {*dir(f)} - {"__globals__", "__builtins__"}:
        heard.append(attempt(lambda: repr(getattr(f, name))))
    return 0.0
""",
            "square": "print(heard)",
        },
    ),
    Attack(
        "put wrong answers, and read what is said of them",
        _READING,
        {"by_hand": "a = 0\nb = 1\ncost = 'n'", "square": "offset = 7.5\ndef square(x): return 'x'"},
        earned={"test_by_hand": 1},  # b follows from a
    ),
)
