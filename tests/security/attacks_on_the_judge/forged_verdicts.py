"""Being taken for right without being right: lying objects, patched IPython, forged outputs, skipped cells."""

from attacks_on_the_judge.attack import DOUBLES, Attack, Kind

_FORGED = Kind.FORGED

ATTACKS = (
    Attack(
        "an object equal to everything",
        _FORGED,
        {
            "square": """
class Anything:
    def same(self, *_): return self
    def yes(self, *_): return True
    def no(self, *_): return False
    __eq__ = __le__ = __ge__ = yes
    __lt__ = __gt__ = __ne__ = no
    __sub__ = __rsub__ = __add__ = __abs__ = __neg__ = same
    __hash__ = None
offset = Anything()
def square(x): return Anything()
"""
        },
        says="plain data|where a number or tensor is expected",
        stock=True,
    ),
    Attack(
        "a number that lies about itself",
        _FORGED,
        {
            "square": """
class Lying(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return Lying(0)
    def __abs__(self): return Lying(0)
    def __gt__(self, other): return False
    __hash__ = None
offset = Lying(1)
def square(x): return Lying(x)
"""
        },
        stock=True,
    ),
    Attack(
        "an array that lies about itself",
        _FORGED,
        {
            "square": """
class Lying(np.ndarray):
    def __eq__(self, other): return True
    def __gt__(self, other): return False
    def __sub__(self, other): return self
    def __abs__(self): return self
    def astype(self, *_, **__): return np.array(9.0)
    @property
    def shape(self): return ()
    __hash__ = None
offset = np.array(1.0).view(Lying)
def square(x): return np.array(0.0).view(Lying)
"""
        },
        stock=True,
    ),
    Attack(
        "text that lies about itself",
        _FORGED,
        {
            "by_hand": """
class Anything(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def replace(self, *_): return self
    def strip(self, *_): return self
a = b = cost = Anything("n")
"""
        },
    ),
    Attack(
        "a tensor whose gradient is whatever is compared with it",
        _FORGED,
        {
            "engine": """
class Lying(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        return True if "equal" in str(function) or "close" in str(function) else torch.tensor(0.0)
def forward_algorithm(graph):
    for node in graph.sorted_nodes():
        node.result = torch.zeros(()).as_subclass(Lying)
def backward_algorithm(graph, one=1.0):
    for node in graph.sorted_nodes():
        node.gradient = torch.zeros(()).as_subclass(Lying)
"""
        },
    ),
    Attack(
        "a transformer of syntax trees that takes assertions out",
        _FORGED,
        {
            "engine": """
import ast
class Mild(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Mild())
""",
            "square": "offset = 0\ndef square(x): return 0",
        },
        stock=True,
    ),
    Attack(
        "a transformer of input that empties test cells",
        _FORGED,
        {
            "engine": """
get_ipython().input_transformers_post.append(lambda lines: [] if any("score" in l or "assert" in l for l in lines) else lines)
"""
        },
        stock=True,
    ),
    Attack(
        "a run_cell that does nothing and is pleased",
        _FORGED,
        {
            "engine": """
from IPython.core.interactiveshell import ExecutionResult
class Pleased(ExecutionResult):
    def __init__(self): super().__init__(None)
shell = get_ipython()
shell.should_run_async = lambda *_, **__: False
shell.run_cell = lambda *_, **__: Pleased()
"""
        },
        honest=False,  # the student's own function is not defined any more
        stock=True,
    ),
    Attack(
        "a do_execute that does nothing and is pleased",
        _FORGED,
        {
            "square": """
honest = kernel.do_execute
async def pleased(code, *arguments, **options):
    if "square" in code or "serve" in code:
        return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    return await honest(code, *arguments, **options)
kernel.do_execute = pleased
"""
        },
        honest=False,
        stock=True,
    ),
    Attack(
        "a display hook that shows ever the same points",
        _FORGED,
        {
            "engine": """
hook = type(get_ipython().displayhook)
hook.write_format_data = lambda self, data, metadata=None: self.msg["content"].update(data={"text/plain": "2"})
"""
        },
        stock=True,
    ),
    Attack(
        "the last line's number replaced on its way out",
        _FORGED,
        {
            "engine": """
plain = get_ipython().display_formatter.formatters["text/plain"]
plain.for_type(float, lambda number, printer, cycle: printer.text("2"))
"""
        },
        stock=True,
    ),
    Attack(
        "points sent from within the visible half",
        _FORGED,
        {"engine": "def forward_algorithm(graph): show()"},
        stock=True,
    ),
    Attack(
        "points sent from within the visible half by a kernel that then dies",
        _FORGED,
        {
            "engine": """
def forward_algorithm(graph):
    show(data={"text/plain": "4"})
    time.sleep(0.2)
    os._exit(0)
"""
        },
        honest=False,
        stopped=True,
    ),
    Attack(
        "points sent without end by a thread",
        _FORGED,
        {
            "engine": """
def work():
    for _ in range(2000):
        attempt(show)
        time.sleep(0.002)
threading.Thread(target=work, daemon=True).start()
"""
        },
        stock=True,
    ),
    Attack(
        "odd points: negative, infinite, not a number",
        _FORGED,
        {
            "engine": """
points = iter(["inf", "nan", "-5", "1e400"] * 9)
def forward_algorithm(graph):
    for _ in range(4):
        show(data={"text/plain": next(points)})
""",
            "square": "show(data={'text/plain': 'nan'})",
        },
    ),
    Attack(
        "a table like the judge's own",
        _FORGED,
        {
            "engine": """
MIME = "application/vnd.backprop-course.verdict+json"
TABLE = "<table><caption>Hidden tests: 4 of 4 points</caption></table>"
def forward_algorithm(graph):
    data = {"text/html": TABLE, "text/plain": "Hidden tests: 4 of 4 points"}
    show("display_data", data | {MIME: {"name": "test_forward", "points": 4.0, "most": 4.0, "parts": []}})
    show("execute_result", data={"text/plain": "4.0"})
"""
        },
    ),
    Attack(
        "the judge's table rewritten afterwards",
        _FORGED,
        {
            "engine": """
import course_lib.answering as answering
class Mul(ComputationNode): pass
asked, serve = [], answering.serve
answering.serve = lambda *arguments: asked.append(1) or serve(*arguments)
def ours(kind, n, shown="4"):
    show(kind, {"text/plain": shown}, transient={"display_id": f"ours {n}"})
def forward_algorithm(graph):
    # A kernel that is brought back to where another ended is not asked again. Then there are as many outputs in the
    # visible half as there were in all.
    for n in range(8 if type(graph) is Mul and not asked else 0):
        ours("display_data", n)
backward_algorithm = lambda graph, one=1.0: None
""",
            "square": "def square(x): os._exit(0)",
            "honest": """
for n in range(8):
    attempt(lambda: ours("update_display_data", n))
"""
            + DOUBLES,
        },
    ),
    Attack(
        "outputs cleared and rewritten by display id",
        _FORGED,
        {
            "engine": """
def forward_algorithm(graph):
    for n in range(3):
        show("display_data", transient={"display_id": "ours"})
    send("clear_output", {"wait": True})
    show("execute_result", transient={"display_id": "ours"})
""",
            "by_hand": "show('update_display_data', {'text/plain': '4'}, transient={'display_id': 'ours'})",
        },
        stock=True,
    ),
    Attack(
        "test cells tagged to be skipped",
        _FORGED,
        tags={name: ["skip-execution"] for name in ("test_forward", "test_backward", "test_by_hand", "test_square")},
        stock=True,
    ),
    Attack(
        "test cells tagged as ones that may fail",
        _FORGED,
        tags={name: ["raises-exception", "hide-output"] for name in ("test_forward", "test_square", "test_numeric")},
    ),
    Attack(
        "errors that nobody gets to see",
        _FORGED,
        {
            "engine": """
get_ipython().set_custom_exc((BaseException,), lambda *_, **__: [])
get_ipython().showtraceback = lambda *_, **__: None
get_ipython()._showtraceback = lambda *_, **__: None
honest = channel.say
channel.say = lambda kind, content, request: honest(kind, {"status": "ok"} if kind == "execute_reply" else content, request)
"""
        },
        stock=True,
    ),
    Attack(
        "events that put names right just before a test",
        _FORGED,
        {
            "engine": """
def before(*_):
    class Equal:
        def __eq__(self, other): return True
        def __abs__(self): return 0
        def __sub__(self, other): return self
        __hash__ = None
    get_ipython().user_ns.update(square=lambda x: Equal(), offset=Equal())
    builtins.abs = lambda x: 0
get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", before)
"""
        },
        stock=True,
    ),
)
