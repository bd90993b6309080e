"""Confusing or filling up the grader through what a kernel answers: its socket and its messages are its own."""

from attacks.attack import Attack, Where

_LIMIT = "^$|printed more than|kernel died|ended its own"

_SPEAK = """
kernel = get_ipython().kernel
channel = kernel.session.channel
raw = channel._socket
asked = kernel.get_parent("shell")["header"]["msg_id"]
def say(line):
    # A line: in bytes, or to be packed.
    raw.sendall((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\\n")
def tell(kind, content, of=asked, **more):
    say({"kind": kind, "of": of, "content": content, **more})
def replies(change):
    # Change what is sent as the answer to this and later cells; None for no answer.
    honest = channel.say
    def changed(kind, content, request):
        if kind != "execute_reply":
            return honest(kind, content, request)
        content, request = change(content, request)
        return None if content is None else honest(kind, content, request)
    channel.say = changed
"""


def _saying(name, cell, **more):
    said = (_SPEAK, cell, "time.sleep(0.1)")
    return Attack(name, said, _LIMIT, where=Where.ONCE, may_fail=True, cell_seconds=3, bites=False, **more)


def _answering(name, change):
    return _saying(
        f"answers: {name}",
        f"replies(lambda content, request: ({change}, request))",
        hangs=True,
        together="talking nonsense",
    )


ATTACKS = (
    _saying(
        "messages that are none",
        """
for line in (b"", b" ", b"5", b"null", b"[]", b"{", b"\\xff\\xfe", b"{}", b'""', b"1" * 9999, b"NaN", b"\\0" * 99, b'{"kind": "stream"}',
             b'{"kind": "stream", "of": {}, "content": {}}', b'{"kind": [], "of": "1", "content": {}}', b'{"kind": "ready", "of": "1"}'):
    say(line)
for odd in (None, 5, [], {}, "never", {"kind": {}}, {"kind": "stream", "of": None}):
    say(odd)
    for kind in ("stream", "status", "execute_reply", "input_request", "error"):
        say({"kind": kind, "of": odd, "content": {}})
        say({"kind": kind, "of": asked, "content": odd})
        say({"kind": odd, "of": asked, "content": {}, "metadata": odd})
for _ in range(3):
    tell("stream", {"name": "stdout", "text": "x"}, of=asked + " ")
""",
    ),
    _saying(
        "messages that nest deeply, and that are much larger than they look",
        """
ends = [(b"[", b"]"), (b'{"a":', b"}")]
for count in (100, 400, 900, 1100, 10**5):
    for start, end in ends:
        deep = start * count + b"1" + end * count
        for content in (b'{"metadata": {}, "data": {"application/json": ' + deep + b"}}", deep):
            say(b'{"kind": "display_data", "of": "' + asked.encode() + b'", "content": ' + content + b"}")
        say(b'{"kind": "display_data", "of": ' + deep + b', "content": {}}')
        say(deep)
wide = b'{"metadata": {}, "data": {"application/json": [' + b"[]," * 2**20 + b"[]]}}"
say(b'{"kind": "display_data", "of": "' + asked.encode() + b'", "content": ' + wide + b"}")
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
    if kind == "execute_reply":
        continue  # these end the cell, so they come last
    tell(kind, {})
    for value in odd:
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
for value in odd:
    tell("execute_reply", {n: value for n in names})
    tell("execute_reply", value)
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
    _saying(
        "answers: to other questions",
        "replies(lambda content, request: (content, 'other'))",
        hangs=True,
        together="talking nonsense",
    ),
    _saying(
        "answers to questions that are still to come",
        """
for guess in [*map(str, range(99)), "%016x" % (int(asked, 16) + 1), "", asked[::-1]]:
    tell("execute_reply", {"status": "ok"}, of=guess)
    tell("stream", {"name": "stdout", "text": "said ahead"}, of=guess)
""",
    ),
    _saying(
        "messages that nobody asked for",
        """
for _ in range(25):  # 500 MB, if somebody took them
    tell("input_request", {"prompt": "x" * (20 * 2**20)})
time.sleep(1)
""",
    ),
    _saying(
        "one huge message",
        """
tell("stream", {"name": "stdout", "text": "x" * (150 * 2**20)})
time.sleep(1)
""",
    ),
    _saying(
        "a line that never ends",
        """
while True:
    raw.sendall(bytes(2**20))
""",
    ),
    _saying(
        "a line that never comes to its end",
        """
raw.sendall(b'{"kind": "stream", "of": "1", "content": {"name": "stdout", "text": "')
time.sleep(60)
""",
        hangs=True,
        together="talking nonsense",
    ),
    _saying(
        "empty lines without end",
        """
while True:
    raw.sendall(bytes([10]) * 2**16)
""",
    ),
    _saying(
        "messages about other questions, without end",
        """
def flood():
    while True:
        tell("stream", {"name": "stdout", "text": "x" * 100}, of="other")
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
