"""Confusing or filling up the grader through what a kernel answers: its sockets, messages and signatures are its own."""

from attacks.attack import Attack, Where

_LIMIT = "^$|printed more than|kernel died|ended its own"

_SPEAK = """
import zmq
kernel = get_ipython().kernel
session, line = kernel.session, kernel.iopub_socket
raw = line.io_thread
parent = kernel.get_parent("shell")
def header(kind, **more):
    return {"msg_id": os.urandom(8).hex(), "msg_type": kind, "username": "", "session": "s", "date": "2020-01-01T00:00:00Z",
            "version": "5.3", **more}
def packed(*parts):
    return [p if isinstance(p, bytes) else json.dumps(p).encode() for p in parts]
def say(*parts, signature=None):
    # header, parent, metadata, content, in bytes or to be packed
    parts = packed(*parts)
    line.send_multipart([b"topic", b"<IDS|MSG>", signature or session.sign(parts), *parts])
def tell(kind, content, parent=parent["header"], metadata={}):
    say(header(kind), parent, metadata, content)
def replies(change):
    # Change what is sent as the answer to this and later cells; None for no answer.
    send = type(session).send
    def changed(self, stream, kind, content=None, *more, **named):
        if kind == "execute_reply":
            changed_content = change(content, named)
            return None if changed_content is None else send(self, stream, kind, changed_content, *more, **named)
        return send(self, stream, kind, content, *more, **named)
    type(session).send = changed
"""


def _saying(name, cell, **more):
    said = (_SPEAK, cell, "time.sleep(0.1)")
    return Attack(name, said, _LIMIT, where=Where.ONCE, may_fail=True, cell_seconds=3, bites=False, **more)


def _answering(name, change):
    return _saying(
        f"answers: {name}", f"replies(lambda content, named: {change})", hangs=True, together="talking nonsense"
    )


ATTACKS = (
    _saying(
        "messages that are none",
        """
for parts in ([], [b""], [b"x", b"y"], [b"<IDS|MSG>"], [b"t", b"<IDS|MSG>", b""], [b"t", b"<IDS|MSG>", b"0" * 64, b"{}"],
              [b"t", b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"], [b"t", b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"]):
    if parts:
        line.send_multipart(parts)
for parts in ([b"5"] * 4, [b"null"] * 4, [b"[]"] * 4, [b"{"] * 4, [b"\\xff\\xfe"] * 4, [b"{}"] * 4, [b'""'] * 4, [b"1" * 9999] * 4,
              [header("stream"), b"5", b"{}", b"{}"], [header("stream"), b"null", b"{}", b"{}"], [header(5), parent["header"], {}, {}],
              [header("stream", msg_id=[]), {"msg_id": {}}, {}, {}], [header("stream", date="never"), parent["header"], {}, []],
              [header("stream", version={}), parent["header"], [], 7]):
    say(*parts)
twice = packed(header("stream"), parent["header"], {}, {"name": "stdout", "text": "x"})
for _ in range(3):
    line.send_multipart([b"t", b"<IDS|MSG>", session.sign(twice), *twice])
""",
    ),
    _saying(
        "messages that nest deeply, and that are much larger than they look",
        """
ends = [(b"[", b"]"), (b'{"a":', b"}")]
for count in (100, 400, 900, 1100, 10**5):
    for start, end in ends:
        deep = start * count + b"1" + end * count
        say(header("display_data"), parent["header"], {}, b'{"metadata": {}, "data": {"application/json": ' + deep + b"}}")
        say(header("display_data"), parent["header"], deep, deep)
        say(header("display_data"), deep, {}, {})
say(header("display_data"), parent["header"], {}, b'{"metadata": {}, "data": {"application/json": [' + b"[]," * 2**20 + b"[]]}}")
""",
    ),
    _saying(
        "messages of all kinds with nonsense in them",
        """
import itertools, random
random.seed(0)
odd = [None, 5, -1.5, True, "x", "\\udc80", [], [5], ["x"], {}, {"x": 5}, {"text/plain": 5}, {"text/plain": "x"}, {"msg_id": 3}, float("nan"),
       {"application/json": [1]}, {"display_id": {}}, {"display_id": "d"}, 10**400, "error", "ok", "jupyter.widget", {"state": {}, "buffer_paths": 3}]
names = ["name", "text", "data", "metadata", "transient", "execution_count", "ename", "evalue", "traceback", "execution_state", "wait",
         "comm_id", "target_name", "state", "status", "payload", "source"]
kinds = ["stream", "display_data", "update_display_data", "execute_result", "error", "status", "clear_output", "execute_input", "comm_open",
         "comm_msg", "comm_close", "input_request", "shutdown_reply", "execute_reply", "debug_event", "iopub_welcome", "", "x" * 999]
for kind in kinds:
    tell(kind, {})
    for value in odd:
        if value != "idle":
            tell(kind, {n: value for n in names})
            tell(kind, value, metadata=value)
    for _ in range(30):
        tell(kind, {n: random.choice(odd) for n in names})
for output in ({"name": "stdout", "text": "\\ud800"}, {"name": "\\ud800", "text": "x"}):
    tell("stream", output)
tell("error", {"ename": "\\ud800", "evalue": "\\ud800", "traceback": ["\\ud800"]})
tell("display_data", {"data": {"text/plain": "\\ud800", "\\ud800": "x"}, "metadata": {}, "transient": {"display_id": "a"}})
tell("stream", {"name": "stdout", "text": "x", "transient": {"display_id": "a"}})
tell("update_display_data", {"data": {"text/plain": "y"}, "metadata": {}, "transient": {"display_id": "a"}})
tell("clear_output", {"wait": False})
tell("update_display_data", {"data": {"text/plain": "y"}, "metadata": {}, "transient": {"display_id": "a"}})
""",
    ),
    _answering("without content", "{}"),
    _answering("of no kind", "{'status': 'splendid'}"),
    _answering(
        "of other types", "{'status': 'error', 'ename': 5, 'evalue': [], 'traceback': 'x', 'execution_count': {}}"
    ),
    _answering("that are half", "{'status': 'error', 'ename': 'E'}"),
    _answering("that are a list", "['ok']"),
    _answering("that are long", "{'status': 'error', 'ename': 'E', 'evalue': 'x' * 10**6, 'traceback': [chr(27)] * 9}"),
    _answering("that never come", "None"),
    _answering("to other questions", "named.update(parent={'msg_id': 'other'}) or content"),
    _saying(
        "answers from the wrong place: messages on every channel that nobody asked for",
        """
app = get_ipython().parent
to = kernel._shell_parent_ident.get() if hasattr(kernel, "_shell_parent_ident") else []
piece = bytes(20 * 2**20)
for _ in range(25):  # 500 MB, if somebody took them
    app.stdin_socket.send_multipart([*to, piece], copy=False)
time.sleep(1)
""",
    ),
    _saying(
        "one message of many parts, which no limit of messages sees",
        """
piece = bytes(20 * 2**20)
raw.schedule(lambda: raw.socket.send_multipart([piece] * 25, copy=False))
time.sleep(1)
""",
    ),
    _saying(
        "one huge message",
        """
raw.schedule(lambda: raw.socket.send(bytes(150 * 2**20)))
time.sleep(1)
""",
    ),
    _saying(
        "messages about other questions, without end",
        """
def flood():
    while True:
        tell("stream", {"name": "stdout", "text": "x" * 100}, parent={"msg_id": "other"})
threading.Thread(target=flood, daemon=True).start()
time.sleep(60)
""",
        hangs=True,
        together="talking nonsense",
    ),
    _saying(
        "raw bytes instead of messages",
        """
import stat
for number in range(3, 200):
    with _quiet:
        tube = socket.socket(fileno=os.dup(number))
        tube.getpeername(), tube.setblocking(False), tube.send(b"\\xff" * 9 + b"\\x7f" + b"A" * 5000)
time.sleep(0.5)
""",
        hangs=True,
        together="talking nonsense",
    ),
)
