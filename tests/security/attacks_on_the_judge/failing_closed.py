"""Whatever comes back instead of an answer: nothing, too late, too much, nonsense, or what only looks like one."""

from attacks_on_the_judge.attack import DOUBLES, Attack, Kind

_CLOSED = Kind.CLOSED


def _replies(name, body, **options):
    """Return an attack that forges replies; `body` computes one from the request."""
    cells = {
        "engine": f"""
def forged(request):
    asked = json.loads(request)
    {body}
instead(forged)
""",
        "honest": "with contextlib.suppress(AttributeError):\n    del kernel.raw_input\n" + DOUBLES,
    }
    return Attack(name, _CLOSED, cells, **options)


ATTACKS = (
    Attack(
        "errors that are no exceptions",
        _CLOSED,
        {
            "engine": "class Odd(BaseException): pass\ndef forward_algorithm(graph): raise Odd()",
            "numeric": "def numeric_gradient(f, x): raise KeyboardInterrupt()",
            "square": "offset = 1\ndef square(x): raise GeneratorExit()",
        },
        says="broke off",
    ),
    Attack(
        "errors that cannot be printed",
        _CLOSED,
        {
            "engine": """
class Odd(Exception):
    def __str__(self): raise self
    __repr__ = __str__
    @property
    def __class__(self): raise self
def forward_algorithm(graph): raise Odd()
""",
            "square": "offset = 1\ndef square(x):\n    sys.exit(9)",
        },
    ),
    Attack(
        "sleep in every test",
        _CLOSED,
        {"numeric": "def numeric_gradient(f, x): time.sleep(30 if x != 3.0 else 0)"},
        says="had not finished after 0.5 s",
    ),
    Attack(
        "a loop that swallows every interrupt",
        _CLOSED,
        {
            "numeric": """
import signal
def numeric_gradient(f, x):
    if x == 3.0:
        return 6.0  # a hang in the visible half would be its cell's affair
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            while True: time.sleep(0.1)
"""
        },
        says="did not come to an end in time",
    ),
    Attack(
        "as slow as is allowed, in the hope that the test is blamed",
        _CLOSED,
        {
            "square": "offset = 7\ndef square(x):\n    time.sleep(4.5)\n    return 9",
        },
    ),
    Attack(
        "a function of the test called without end",
        _CLOSED,
        {"numeric": "def numeric_gradient(f, x):\n    while x != 3.0: attempt(lambda: f(1.0))"},
    ),
    Attack(
        "a function of the test called within calls of it",
        _CLOSED,
        {
            "numeric": """
def numeric_gradient(f, x):
    import course_lib.answering as answering
    def nested(depth):
        return f(nested(depth - 1)) if depth else f(f)
    return attempt(lambda: nested(200)) or f([f, {"f": f}])
"""
        },
    ),
    Attack(
        "a function of the test given what is too large for it",
        _CLOSED,
        {
            "numeric": """
def numeric_gradient(f, x):
    for given in (10**3000, np.ones(999_999), [[0.0] * 1000] * 50, "x" * 99_000, float("inf"), float("nan")):
        attempt(lambda: f(given))
    return f(float("nan"))
"""
        },
    ),
    Attack(
        "numbers that are none",
        _CLOSED,
        {
            "engine": """
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.result = node.gradient = float("nan")
backward_algorithm = lambda graph, one=1.0: None
""",
            "by_hand": "a = float('nan')\nb = float('inf')\ncost = float('-inf')",
            "numeric": "def numeric_gradient(f, x): return np.nan",
            "square": "offset = float('nan')\ndef square(x): return 9 if x == 3 else float('nan')",
        },
        says="not finite",
    ),
    Attack(
        "more than anybody takes",
        _CLOSED,
        {
            "engine": """
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.result = np.zeros(150_000)
""",
            "numeric": "def numeric_gradient(f, x): return [[0.0] * 100 for _ in range(300)]",
            "square": "offset = 'x' * 10**6\ndef square(x): return [0] * 150_000",
        },
        person=frozenset({"test_numeric"}),  # a list from which nothing can be subtracted
    ),
    Attack(
        "lists that contain themselves",
        _CLOSED,
        {
            "by_hand": "a = []; a.append(a)\nb = {}; b['b'] = b\ncost = [a, b]",
            "square": "offset = []\nfor _ in range(5000): offset = [offset]\ndef square(x): return offset",
        },
    ),
    Attack(
        "kinds of values that nobody asked for",
        _CLOSED,
        {
            "by_hand": "a = True\nb = [1]\ncost = {'n': 1}",
            "numeric": "def numeric_gradient(f, x): return iter([1])",
            "square": "offset = b'7'\ndef square(x): return lambda: 9",
        },
    ),
    Attack(
        "a value on which the test itself stumbles",
        _CLOSED,
        {"square": "offset = 'seven'\ndef square(x): return 9 if x == 3 else 2.25"},
        person=frozenset({"test_square"}),
    ),
    _replies("a reply that is not JSON", "return 'not JSON'", says="is not a reply"),
    _replies("a reply that is no mapping", "return '[]'", says="is not a reply"),
    _replies("an empty reply", "return '{}'"),
    _replies("brackets without end", "return '[' * 100_000"),
    _replies(
        "deep nesting in each place",
        "return '{\"failed\": ' + '[' * 900 + ']' * 900 + ', \"values\": ' + '[' * 90 + ']' * 90 + '}'",
    ),
    _replies(
        "a failure that is not told in words",
        "return json.dumps({'failed': {'a': [1]}, 'raised': [1, 2], 'hung': 'yes'})",
    ),
    _replies(
        "numbers beyond all bounds",
        'return \'{"value": 1e999, "values": [{"value": -1e999}], "results": 1\' + \'0\' * 4000 + \'}\'',
    ),
    _replies("constants that JSON does not have", 'return \'{"value": NaN, "values": [{"value": Infinity}]}\''),
    _replies(
        "shapes that no memory holds",
        "bomb = {'shapes': [[0, 10**30]], 'doubles': ''}\n"
        "    big = {'shapes': [[10**9]], 'doubles': ''}\n"
        "    return json.dumps({'value': {'array': bomb}, 'values': [{'value': {'array': bomb}}] * len(asked.get('names', [])),"
        " 'replies': [{'results': big, 'gradients': bomb}] * len(asked.get('tasks', []))})",
    ),
    _replies(
        "fractions that are none",
        "odd = {'fraction': ['1' * 3999, '0']}\n"
        "    return json.dumps({'value': odd, 'values': [{'value': {'fraction': ['-' + '9' * 3999, '1']}}] * len(asked.get('names', [])),"
        " 'replies': [{'results': odd, 'gradients': {'list': [odd] * 3}}] * len(asked.get('tasks', []))})",
        person=frozenset({"test_square"}),
    ),
    _replies(
        "a record of calls that never were",
        "zeros = [packed(*[()] * len(task['steps'])) for task in asked.get('tasks', [])]\n"
        "    record = {'kinds': 'fba' * 400, 'nodes': [10**12] * 1200, 'calls': 10**300, 'sent': [[-5, packed(())], [10**9, packed((2,), (3,))]]}\n"
        "    return json.dumps({'replies': [{'results': z, 'gradients': z, **record} for z in zeros]})",
    ),
    _replies("an empty list of replies", "return '{\"replies\": []}'", says="not a reply for each task"),
    _replies(
        "more replies than there were tasks",
        "return json.dumps({'replies': [{}] * 99})",
        says="not a reply for each task",
    ),
    Attack(
        "only the replies that are right",
        _CLOSED,
        {
            "engine": """
class Mul(ComputationNode):
    def forward(self): self.result = self.input(0) * self.input(1)
    def backward(self): return [0.0, 0.0]
def forward_algorithm(graph):
    for n in graph.sorted_nodes(): n.forward()
def backward_algorithm(graph, one=1.0):
    order = graph.sorted_nodes()
    for n in order: n.gradient = None
    graph.accumulate_gradient(one)
    for n in reversed(order):
        for target, sent in zip(n.input_nodes, n.backward()): target.accumulate_gradient(sent)
import course_lib.answering as answering
answer = answering.answer
def first_alone(request, names, ask):
    reply = json.loads(answer(request, names, ask))
    return json.dumps({**reply, "replies": reply.get("replies", [])[:1]})
answering.answer = first_alone
""",
            "honest": "answering.answer = answer\n" + DOUBLES,
        },
        earned={"test_forward": 4},
        says="not a reply for each task",
    ),
    _replies(
        "a function of the test in a wrong place",
        "return json.dumps({'callback': -1, 'arguments': [1.0]})",
        says="not given",
    ),
    _replies(
        "a function of the test by another name",
        "return json.dumps({'callback': '__class__', 'arguments': {}})",
        says="not given",
    ),
    _replies("a function of the test, over and over", "return json.dumps({'callback': 0, 'arguments': [1.0]})"),
    _replies(
        "other words for numbers",
        "return json.dumps({'value': {'callback': 0}, 'values': [{'value': True}, {'value': None}, {'odd': 5, 'type': [], 'callable': True}]})",
    ),
    Attack(
        "prompts without a reply in them",
        _CLOSED,
        {"square": "kernel.raw_input = lambda prompt='': send('input_request', {'prompt': 5}) or time.sleep(30)"},
        honest=False,
    ),
    Attack(
        "a reply larger than all that the grader has",
        _CLOSED,
        {"square": "def square(x):\n    kernel.raw_input('x' * 100_000_000)"},
    ),
    Attack(
        "large replies that nobody waits for",
        _CLOSED,
        {
            "square": """
def square(x):
    for _ in range(20):
        send("input_request", {"prompt": "x" * 10_000_000})
    return 0
"""
        },
    ),
    Attack(
        "messages of no known kind",
        _CLOSED,
        {
            "engine": """
def forward_algorithm(graph):
    for kind in ("comm_open", "input_request", "ready", "shutdown_reply", "error", "update_display_data", "execute_reply"):
        for content in ({}, {"data": 5}, {"prompt": None, "status": "fine"}, {"data": {"a": []}, "comm_id": {}, "ename": 1}):
            attempt(lambda: send(kind, content))
"""
        },
    ),
)
