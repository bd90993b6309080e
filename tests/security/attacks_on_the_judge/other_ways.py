"""The exercise side-stepped, state carried along, what should persist, and what should get out."""

from attacks_on_the_judge.attack import DOUBLES, Attack, Kind

_BY_TORCH = """
def formula(node, leaves):
    if not node.input_nodes:
        return leaves.setdefault(node, torch.tensor(np.asarray(node.value, dtype=float), requires_grad=True))
    x, *more = (formula(n, leaves) for n in node.input_nodes)
    kind = type(node).__name__
    return {
        "Add": lambda: x + more[0], "Mul": lambda: x * more[0], "Mean": lambda: (x + more[0]) / 2, "Exp": lambda: x.exp(),
        "Negate": lambda: -x, "Matsum": lambda: x.sum(), "Power": lambda: x ** node.power, "Pow": lambda: x ** node.power,
        "Reciprocal": lambda: 1 / x,
    }[kind]()
"""

ATTACKS = (
    Attack(
        "the backward pass of torch",
        Kind.SIDE_STEPPED,
        {
            "engine": """
class Add(ComputationNode):
    def forward(self): self.result = self.input(0) + self.input(1)
    def backward(self): raise NotImplementedError()
class Mul(ComputationNode):
    def forward(self): self.result = self.input(0) * self.input(1)
    def backward(self): raise NotImplementedError()
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.forward()
def backward_algorithm(graph, one=1.0):
    nodes = graph.sorted_nodes()
    old = {node: node.result for node in nodes}
    try:
        tensors = {}
        for node in nodes:
            if not node.input_nodes:
                node.result = tensors[node] = torch.as_tensor(old[node], dtype=torch.float64).clone().requires_grad_()
                node.value, kept = node.result, getattr(node, "value", None)
                node.kept = kept
        for node in nodes:
            if node.input_nodes:
                if type(node).__name__ == "Exp":
                    node.result = torch.exp(node.input_nodes[0].result)
                else:
                    node.forward()
                node.result.retain_grad()
        graph.result.backward(torch.as_tensor(one, dtype=torch.float64).expand(graph.result.shape))
        gradients = {node: node.result.grad for node in nodes}
    finally:
        for node in nodes:
            node.result = old[node]
            if hasattr(node, "kept"):
                node.value = node.kept
    for node in nodes:
        gradient = gradients[node]
        node.gradient = gradient if torch.is_tensor(old[node]) else float(gradient)
"""
        },
        earned={"test_forward": 4, "test_backward": 4},  # never taken away silently
        flagged=True,
    ),
    Attack(
        "finite differences for a backward pass",
        Kind.SIDE_STEPPED,
        {
            "engine": """
class Add(ComputationNode):
    def forward(self): self.result = self.input(0) + self.input(1)
class Mul(ComputationNode):
    def forward(self): self.result = self.input(0) * self.input(1)
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.forward()
def backward_algorithm(graph, one=1.0):
    nodes = graph.sorted_nodes()
    for place, node in enumerate(nodes):
        def at(h):
            node.result = node.result + h
            for later in nodes[place + 1:]:
                if later.input_nodes: later.forward()
            return graph.result
        start = node.result
        near, far = [], []
        for values, h in ((near, 3e-4), (near, -3e-4), (far, 6e-4), (far, -6e-4)):
            values.append(at(h)); forward_algorithm(graph)
        node.gradient = (8 * (near[0] - near[1]) - (far[0] - far[1])) / 36e-4 * one
"""
        },
        earned={"test_forward": 4, "test_backward": 2},
        flagged=True,
    ),
    Attack(
        "replies of the first test kept for the second",
        Kind.CARRIED,
        {
            "engine": """
import course_lib.answering as answering
honest, kept = answering.answer, []
def answer(request, names, ask):
    kept.append(honest(request, names, ask))
    return kept[0]
answering.answer = answer
"""
        },
        honest=False,
    ),
    Attack(
        "a function of one test called in another",
        Kind.CARRIED,
        {
            "numeric": "def numeric_gradient(f, x):\n    global kept\n    kept = f\n    return 0.0",
            "square": "offset = 1\ndef square(x): return kept(x)",
        },
        says="asked for a function that it was not given",
    ),
    Attack(
        "replies sent ahead",
        Kind.CARRIED,
        {
            "square": """
offset = 7
def square(x):
    for value in (9, 2.25, 7, 42, -2.5):
        send("input_request", {"prompt": json.dumps({"value": value})})
    return 0
"""
        },
        honest=True,
    ),
    Attack(
        "answers in the name of other executions",
        Kind.CARRIED,
        {
            "engine": """
honest = kernel.raw_input
def raw_input(prompt=""):
    now = kernel.get_parent("shell")["header"]["msg_id"]
    for request in ("", "0", "1", "x", now + "0", now[:-1], now.upper() + " "):
        send("input_request", {"prompt": '{"value": 9, "values": [{"value": 7}]}'}, request)
        send("execute_reply", {"status": "ok"}, request)
    for odd in (None, 5, [], {}):
        channel.say("input_request", {"prompt": '{"value": 9}'}, odd)
    return honest(prompt)
kernel.raw_input = raw_input
""",
            "honest": "kernel.raw_input = honest\n" + DOUBLES,
        },
    ),
    Attack(
        "a conversation within the conversation",
        Kind.CARRIED,
        {
            "numeric": """
def numeric_gradient(f, x):
    from course_lib.answering import serve
    while x != 3.0:
        with contextlib.suppress(BaseException):
            serve({"numeric_gradient": lambda f, x: 0.0, "square": lambda x: 0, "offset": 1}, kernel.raw_input)
""",
        },
    ),
    Attack(
        "an end of the conversation that is none",
        Kind.CARRIED,
        {
            "numeric": """
def numeric_gradient(f, x):
    send("execute_reply", {"status": "ok"})
    return 0.0
""",
        },
    ),
    Attack(
        "a kernel that ends in a test",
        Kind.CARRIED,
        {"square": "offset = 1\ndef square(x): os._exit(0)"},
        says="kernel ended while this was tested",
    ),
    Attack(
        "a kernel that ends in every test",
        Kind.CARRIED,
        {
            "engine": "def forward_algorithm(graph): pass\nimport course_lib.answering as a\na.serve = lambda *_: os._exit(0)",
        },
        says="kernel ended while this was tested",
        honest=False,
        stopped=True,
    ),
    Attack(
        "start-up files and shadows for the next notebook",
        Kind.PERSISTENCE,
        {
            "engine": """
text = "import builtins; builtins.TOUCHED = True"
home = os.path.expanduser("~")
for path in [
    home + "/.ipython/profile_default/startup/00.py", "sitecustomize.py", "usercustomize.py", home + "/.pythonrc.py",
    *(folder + "/" + name for folder in sys.path if folder for name in ("sitecustomize.py", "autograder_x.pth", "autograder.py")),
    *(os.path.join(os.path.dirname(m.__file__), "left.py") for m in (np, torch, sys.modules["course_lib"])),
    sys.modules["course_lib"].__file__, sys.modules["course_lib.answering"].__file__,
]:
    attempt(lambda: os.makedirs(os.path.dirname(path), exist_ok=True))
    attempt(lambda: open(path, "a").write(text))
builtins.TOUCHED = True
import course_lib.answering
course_lib.answering.TOUCHED = True
"""
        },
        then="""
import course_lib.answering, numpy
if any(hasattr(place, "TOUCHED") for place in (builtins, course_lib.answering)) or any(
    os.path.exists(os.path.expanduser(name)) for name in ("~/.ipython/profile_default/startup/00.py", "sitecustomize.py")
):
    print("TOU" + "CHED")
""",
    ),
    Attack(
        "a process that stays and answers for the next notebook",
        Kind.PERSISTENCE,
        {
            "engine": """
if attempt(os.fork) == 0:
    attempt(os.setsid)
    end = time.time() + 15
    while time.time() < end:
        attempt(lambda: show(data={"text/plain": "TOUCHED"}))
        time.sleep(0.05)
    os._exit(0)
"""
        },
        then="time.sleep(0.3)",
    ),
    Attack(
        "markup in what an error says",
        Kind.LEAKS,
        {
            "engine": "class Evil(Exception): pass\nEvil.__name__ = '<script>alert(1)</script>'\n"
            "def forward_algorithm(graph): raise Evil('<img src=x onerror=alert(1)>' + chr(27) + '[31m')",
            "by_hand": "a = '<script>alert(2)</script>'\nb = '{{ title }} {% for %}'\ncost = '</td></table><script>alert(3)</script>'",
            "square": "offset = '<script>'\ndef square(x): raise ValueError('</td><script>alert(4)</script>')",
        },
    ),
    Attack(
        "words that do something in a terminal",
        Kind.LEAKS,
        {
            "engine": "class E(Exception): pass\nE.__name__ = chr(27) + ']0;'\ndef forward_algorithm(graph): raise E(chr(27) + '[2J' + chr(7))",
            "square": "offset = 1\ndef square(x): raise ValueError(chr(155) + 'A' + chr(8) + chr(13))",
        },
        says="�",
    ),
    Attack(
        "halves of characters, which no file can hold",
        Kind.LEAKS,
        {
            "engine": "def forward_algorithm(graph): raise ValueError('\\ud800' * 9)",
            "by_hand": "a = '\\udfff'\nb = {'\\ud800': 1}\ncost = '\\ud800n'",
            "square": "class S(ValueError): pass\nS.__name__ = '\\ud83d'\noffset = 1\ndef square(x): raise S('\\x00\\r\\x1b')",
        },
    ),
    Attack(
        "words without end",
        Kind.LEAKS,
        {
            "engine": "class E(Exception): pass\nE.__name__ = 'E' * 10**6\ndef forward_algorithm(graph): raise E('x' * 10**7)",
            "by_hand": "a = 'x' * 10**6\nb = '1+' * 10**5 + '1'\ncost = 'n' * 90_000",
            "square": "offset = 1\ndef square(x): return 'y' * 99_999",
        },
    ),
)
