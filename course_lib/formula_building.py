"""What the parser's tree means: a formula, unless it has two readings.

Three rules keep the reading honest; the echo shows what they did.
- `e^…` is Euler's number to a power, and a bare `e` is the name e.
- Whatever two readers could take in two ways is refused, with both ways spelled out: `log 1/2`, `1/n d`, `1 1/4`.
- Only a fraction of two plain numbers is a coefficient of what follows: `1/2 e^c` is one half of e^c.
"""

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from course_lib.formula import Apply, Formula, Name, Negative, Number, Power, Product, Quotient, Sum
from course_lib.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lark import Token, Tree

    Branch: TypeAlias = Tree[Token]

DEEPEST = 60


class Builder:
    """Turns the parser's tree into a formula, and refuses what has two readings."""

    def __init__(self, text: str) -> None:
        """Keep the text, to quote from."""
        self.text = text

    def build(self, tree: "Branch", depth: int = 0) -> Formula:  # noqa: C901, PLR0911 - a case per form of the grammar
        """Build the formula of one branch; a branch at the end of the tree is a leaf."""
        if depth > DEEPEST:
            raise Unreadable("That has too many parts, one inside another, to be an answer.", self.text)
        if tree.data in _LEAVES:
            return _LEAVES[tree.data](str(tree.children[0]), tree.meta.start_pos)
        inner = [self.build(child, depth + 1) for child in _branches(tree) if child.data != "head"]
        match tree.data:
            case "plus":
                return Sum(inner[0], inner[1])
            case "minus":
                return Sum(inner[0], Negative(inner[1]))
            case "negative":
                return Negative(inner[0])
            case "times":
                return Product(inner[0], inner[1])
            case "beside":
                self._refuse_two_readings_beside(tree)
                return Product(inner[0], inner[1])
            case "divide":
                self._refuse_open_function(tree, "/")
                return _over(inner[0], inner[1])
            case "fraction":
                return Quotient(inner[0], inner[1])
            case "power":
                return self._power(tree, inner)
            case "call" | "bare":
                return self._apply(tree, inner)
            case _:  # a group, or a plus in front
                return inner[0]

    def _power(self, tree: "Branch", inner: list[Formula]) -> Formula:
        """Build a power; of Euler's number it is the exponential function."""
        exponent = inner[1] if len(inner) > 1 else _raised_number(str(tree.children[-1]))
        base = _branches(tree)[0]
        if base.data == "euler" or (base.data == "name" and base.children[0] == "e"):
            return Apply("exp", (exponent,))
        return Power(inner[0], exponent)

    def _apply(self, tree: "Branch", arguments: list[Formula]) -> Formula:
        """Build a function of its arguments, such as `log 2`, or its power, such as `log² n`."""
        head = _branches(tree)[0]
        function = Apply(_function_name(str(head.children[0])), tuple(arguments), head.meta.start_pos)
        if len(head.children) == 1:
            return function
        power = str(head.children[-1])
        if not (exponent := unicodedata.normalize("NFKC", power)).isdigit():
            self._refuse(tree, "Write that power outside: (log n)^(-1).")
        return Power(function, Number(exponent))

    def _refuse_two_readings_beside(self, tree: "Branch") -> None:
        """Refuse factors written side by side that another reader would group differently."""
        left, right = _branches(tree)
        first = right
        while first.data == "power":
            first = _branches(first)[0]
        if _is_numeric(first) and _is_numeric(_last_factor(left)):
            self._refuse(right, "Two numbers stand side by side: write 5/4, or 1 + 1/4, or 2·3.")
        if first.data == "number":
            self._refuse(right, "Is that number a factor or a power? Write 2·b or b^2.")
        if right.data not in {"bare", "call"}:
            self._refuse_open_function(tree, " ")
        if left.data == "divide":
            top, bottom = _branches(left)
            if not (_last_factor(top).data == bottom.data == "number"):
                above, below, after = (self._source(t) for t in (top, bottom, right))
                self._refuse(
                    right,
                    f"Is that below the line too? Write `({above}/{below}) {after}` or `{above}/({below} {after})`.",
                )

    def _refuse_open_function(self, tree: "Branch", between: str) -> None:
        """Refuse `log 1/2` and `log n d`, where nobody can tell how far the function reaches."""
        left, right = _branches(tree)
        last = _last_factor(left)
        while last.data in {"negative", "power"}:
            last = _branches(last)[-1]
        if last.data != "bare":
            return
        head, argument = _branches(last)
        name, inside, after = self._source(head), self._source(argument), self._source(right)
        both = f"`{name}({inside}{between}{after})` or `({name} {inside}){between}{after}`"
        self._refuse(right, f"How far does the {_function_name(str(head.children[0]))} reach? Write {both}.")

    def _source(self, tree: "Branch") -> str:
        """Return what the student wrote for a branch."""
        return self.text[tree.meta.start_pos : tree.meta.end_pos]

    def _refuse(self, tree: "Branch", reason: str) -> NoReturn:
        """Stop where the branch begins."""
        raise Unreadable.after(self.text, tree.meta.start_pos, reason)


def _branches(tree: "Branch") -> list["Branch"]:
    """Return the children that are branches: everything but the signs and brackets."""
    return [child for child in tree.children if not isinstance(child, str)]


def _last_factor(tree: "Branch") -> "Branch":
    """Return the factor at the right end of a product."""
    while tree.data in {"times", "divide", "beside"}:
        tree = _branches(tree)[-1]
    return tree


def _is_numeric(tree: "Branch") -> bool:
    """Whether a branch is a number, or a fraction of plain numbers."""
    plain_fraction = tree.data == "fraction" and all(part.data == "number" for part in _branches(tree))
    return plain_fraction or tree.data in {"number", "vulgar", "fraction_digits"}


def _over(top: Formula, bottom: Formula) -> Formula:
    """Divide, and keep a fraction of two numbers at the end of a product together: `e^d · 1/2`."""
    match top, bottom:
        case Product(left, Number() as above), Number():
            return Product(left, Quotient(above, bottom))
        case _:
            return Quotient(top, bottom)


def _number(digits: str, _position: int = 0) -> Number:
    """Write digits in one way: `.5` and `2.` as `0.5` and `2`."""
    whole, point, decimals = digits.partition(".")
    return Number((str(int(whole or "0"))) + (point + decimals if decimals else ""))


def _vulgar(written: str, _position: int) -> Formula:
    """Read `½`, and the mixed number `1½`."""
    part = Fraction(unicodedata.numeric(written[-1])).limit_denominator(10)
    fraction = Quotient(Number(str(part.numerator)), Number(str(part.denominator)))
    whole = written[:-1].strip()
    return Sum(_number(whole), fraction) if whole else fraction


def _fraction_digits(written: str, _position: int) -> Formula:
    r"""Read `\frac12`."""
    top, bottom = re.findall(r"\d", written)
    return Quotient(Number(top), Number(bottom))


def _name(written: str, position: int) -> Name:
    """Read a name; `x_{1}` is `x_1`."""
    return Name(re.sub(r"[{}]", "", written), position)


def _euler(_written: str, _position: int) -> Formula:
    """Read Euler's number where it is spelled out, as in `math.e`."""
    return Apply("exp", (Number("1"),))


def _raised_number(superscript: str) -> Formula:
    """Read `²` or `⁻¹`."""
    digits = unicodedata.normalize("NFKC", superscript).replace("−", "-").lstrip("+")
    return Negative(_number(digits[1:])) if digits.startswith("-") else _number(digits)


def _function_name(written: str) -> str:
    """Call a function by one name, however it was written."""
    name = written.rsplit(".", maxsplit=1)[-1].removeprefix("\\")
    return {"ln": "log", "√": "sqrt", "Theta": "O", "Θ": "O", "mathcal{O}": "O"}.get(name, name)


_LEAVES: "dict[str, Callable[[str, int], Formula]]" = {
    "number": _number,
    "vulgar": _vulgar,
    "fraction_digits": _fraction_digits,
    "name": _name,
    "euler": _euler,
}
