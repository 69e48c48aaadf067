"""The numbers of the house: ``python -m tools.house`` prints them and fails if one is too high.

What a linter knows is left to ruff, mypy and import-linter. This counts what is agreed for this
project alone: how large a module, a function and the part that students read may be, and that code
for the kernel, pictures and names of modules are not kept where no tool sees them.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("autograder", "gan_helpers")

MODULE_LINES = 400
"""A module of more than this is two modules; none is allowed."""
MODULE_LINES_AIM = 300
"""What fits in one's head at one reading; a few modules may be over it."""
MODULES_OVER_AIM = 8
FUNCTION_LINES = 60
"""A function, its docstring included, is seen on one screen."""
LITERAL_LINES = 2
"""Lines of Python that a string literal may hold. More is a file under some ``kernel/``: there
ruff, mypy, coverage and the reader's editor see it."""
PUBLIC_LINES = 2_500
"""The part of gan_helpers that students read, in one sitting."""
HELPERS_LINES = 5_000
"""All of gan_helpers."""
LISTED_MODULES = 4
"""From so many names of modules on, words are taken for a list of them. What belongs to a stage is
what stands in its package, and needs no list."""
BASE64_LETTERS = 200
"""A run of so many letters of base64 is a picture. Pictures are files, so that a change is seen."""

NAMES = frozenset({"one", "own", "kept", "said", "seen", "found"})
"""Words that a name is not made of alone: they say what was done, not what the thing is."""

# What is allowed while the house is being built, by the key of the measure. Lower a number when it
# has gone down and delete its line when the limit is met; never add a line.
FOR_NOW: dict[str, int] = {}


@dataclass(frozen=True)
class Measure:
    """One number of the house.

    Attributes:
        key: Its name in :data:`FOR_NOW`.
        title: What is counted.
        value: The number.
        limit: The largest number allowed.
        places: Where it comes from: ``path:line: what``; the worst first.
    """

    key: str
    title: str
    value: int
    limit: int
    places: tuple[str, ...] = ()

    @property
    def allowed(self) -> int:
        """The limit, or what is allowed for now."""
        return max(self.limit, FOR_NOW.get(self.key, 0))

    @property
    def met(self) -> bool:
        """Whether the number is allowed."""
        return self.value <= self.allowed


class Module:
    """A Python file.

    Args:
        path: The file.
        root: The folder that its name is relative to.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, filename=self.name)


@dataclass(frozen=True)
class Literal:
    """A string that is written down in the code.

    Attributes:
        line: The line on which it begins.
        text: What is in it. Values that are put in when the code runs are a name, ``_value``.
    """

    line: int
    text: str


def modules_of(root: Path, package: str) -> list[Module]:
    """Return the Python files of a package, in whatever folder of it."""
    return [Module(path, root) for path in sorted((root / package).rglob("*.py"))]


def measure(root: Path) -> list[Measure]:
    """Return all numbers of the project in the folder ``root``."""
    modules = [module for package in PACKAGES for module in modules_of(root, package)]
    autograder = [module for module in modules if module.name.startswith("autograder/")]
    return [
        *measure_modules(modules),
        measure_functions(modules),
        measure_literals(autograder),
        *measure_helpers(root),
        measure_base64(root),
        measure_module_lists(autograder),
        measure_names(modules),
        measure_raises(modules),
    ]


def measure_modules(modules: list[Module]) -> Iterator[Measure]:
    """Count the modules that are too long, and those that are longer than aimed at."""
    long = sorted(modules, key=lambda module: -module.lines)
    for key, lines, limit in (
        ("modules", MODULE_LINES, 0),
        ("modules_over_aim", MODULE_LINES_AIM, MODULES_OVER_AIM),
    ):
        places = tuple(
            f"{module.name}:1: {module.lines} lines" for module in long if module.lines > lines
        )
        yield Measure(key, f"modules over {lines} lines", len(places), limit, places)


def measure_functions(modules: list[Module]) -> Measure:
    """Count the functions and methods that are too long."""
    lengths = [
        (node.end_lineno - node.lineno + 1, f"{module.name}:{node.lineno}: {node.name}")
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    places = tuple(
        f"{place}, {length} lines"
        for length, place in sorted(lengths, reverse=True)
        if length > FUNCTION_LINES
    )
    return Measure("functions", f"functions over {FUNCTION_LINES} lines", len(places), 0, places)


def measure_literals(modules: list[Module]) -> Measure:
    """Count the lines of Python in string literals that hold more than a line or two of it."""
    literals = [
        (lines, f"{module.name}:{literal.line}: {lines} lines of Python in a string")
        for module in modules
        for literal in literals_in(module.tree)
        if (lines := python_lines(literal.text)) > LITERAL_LINES
    ]
    literals.sort(reverse=True)
    return Measure(
        "literals",
        f"lines of Python in string literals (those with more than {LITERAL_LINES})",
        sum(lines for lines, _ in literals),
        0,
        tuple(place for _, place in literals),
    )


def measure_helpers(root: Path) -> Iterator[Measure]:
    """Count the lines of gan_helpers: what students read, and all."""
    modules = modules_of(root, "gan_helpers")
    public = [module for module in modules if is_public(module.name)]
    for key, title, part, limit in (
        ("public_lines", "lines of gan_helpers that students read", public, PUBLIC_LINES),
        ("helpers_lines", "lines of gan_helpers in all", modules, HELPERS_LINES),
    ):
        long = sorted(part, key=lambda module: -module.lines)
        places = tuple(f"{module.name}:1: {module.lines} lines" for module in long)
        yield Measure(key, title, sum(module.lines for module in part), limit, places)


def is_public(name: str) -> bool:
    """Whether students read this module of gan_helpers: no part of its path has an underscore.

    ``__init__.py`` is where they begin.
    """
    _, *parts = name.split("/")
    return parts == ["__init__.py"] or not any(part.startswith("_") for part in parts)


def measure_base64(root: Path) -> Measure:
    """Count the lines of the reviewed texts that hold a picture."""
    picture = re.compile(rf"data:[\w.+/-]+;base64,|[A-Za-z0-9+/]{{{BASE64_LETTERS}}}")
    places = tuple(
        f"{path.relative_to(root).as_posix()}:{number}: {len(line)} letters"
        for path in sorted((root / "notebooks").rglob("*.md"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if picture.search(line)
    )
    return Measure("base64", "lines with base64 in notebooks/*.md", len(places), 0, places)


def measure_module_lists(modules: list[Module]) -> Measure:
    """Count the places that list names of modules, as a collection or as words in a string."""
    stems = {
        Path(module.name).stem
        for module in modules
        if not {"kernel", "checks"} & set(Path(module.name).parts)
    }
    dotted = {module.name.removesuffix(".py").replace("/", ".") for module in modules}
    inside = {name.removeprefix("autograder.") for name in dotted}
    known = (stems | dotted | inside) - {"__init__"}
    places = tuple(
        f"{module.name}:{line}: {' '.join(words)[:60]}"
        for module in modules
        for line, words in word_lists_in(module.tree)
        if len(words) >= LISTED_MODULES
        and sum(word.removesuffix(".py").replace("/", ".") in known for word in words)
        > 0.8 * len(words)
    )
    return Measure("module_lists", "lists of names of modules", len(places), 0, places)


def word_lists_in(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """Yield each collection of strings, and each string of several words, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
            entries = node.keys if isinstance(node, ast.Dict) else node.elts
            words = [text for entry in entries if entry and (text := _constant(entry)) is not None]
            if len(words) == len(entries):
                yield node.lineno, words
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.fullmatch(r"[\w./\s]+", node.value):
                yield node.lineno, node.value.split()


def measure_names(modules: list[Module]) -> Measure:
    """Count the variables, arguments, attributes and functions whose name is one of NAMES."""
    places = tuple(
        f"{module.name}:{line}: {name}"
        for module in modules
        for line, name in sorted(set(bound_names(module.tree)))
        if name.strip("_") in NAMES
    )
    return Measure("names", f"things called {', '.join(sorted(NAMES))}", len(places), 0, places)


def bound_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names that a module gives to something, each with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def measure_raises(modules: list[Module]) -> Measure:
    """Count the errors in docstrings that are not told with "If"."""
    places = tuple(
        f"{module.name}:{line}: {entry}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for line, entry in ((node.lineno, entry) for entry in raises_of(node))
        if not re.match(r"[\w.]+(, [\w.]+)*: If\b", entry)
    )
    return Measure("raises", 'entries under "Raises:" without "If"', len(places), 0, places)


def raises_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    """Return the entries of a docstring's section "Raises:", a line of each."""
    section = re.search(
        r"^Raises:\n((?:[ ]{4}.*\n|\n)+)", (ast.get_docstring(node) or "") + "\n", re.MULTILINE
    )
    return re.findall(r"^[ ]{4}(\S.*)$", section[1], re.MULTILINE) if section else []


def literals_in(tree: ast.Module) -> Iterator[Literal]:
    """Yield the strings of a module, each put together: f-strings, sums and joined lines too.

    Strings that stand alone as a statement are left out: these are docstrings.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and _constant(node.value) is not None:
            continue
        text = _written(node) if isinstance(node, ast.expr) else None
        if isinstance(node, ast.expr) and text is not None:
            yield Literal(node.lineno, text)
            waiting += _put_in(node)
        else:
            waiting += ast.iter_child_nodes(node)


def _constant(node: ast.AST) -> str | None:
    """Return the text of a plain string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _written(node: ast.expr) -> str | None:
    """Return the text of an expression that makes a string, or None if it is no such."""
    match node:
        case ast.Constant(value=bytes(data)):
            return data.decode("utf-8", errors="replace")
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            if _written(left) is None and _written(right) is None:
                return None  # a sum of numbers, as far as can be seen
    between, pieces = _pieces(node)
    texts = [_written(piece) for piece in pieces]
    return between.join("_value" if text is None else text for text in texts) if texts else None


def _pieces(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """Return what a string is put together from, and what stands between the pieces."""
    match node:
        case ast.JoinedStr(values=values):
            return "", values
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return "", [left, right]
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.Tuple(elts=elements) | ast.List(elts=elements)],
        ):
            return between, elements
    return "", []


def _put_in(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions whose values a string takes in; they may hold strings of their own."""
    for piece in _pieces(node)[1]:
        if _written(piece) is None:
            yield piece
        else:
            yield from _put_in(piece)


# Ways to leave gaps in a text, and what fills them so that the rest can be parsed.
_GAPS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: (
        re.sub(r"\{\w*(![rsa])?(:[^{}\n]*)?\}", "_value", text)
        .replace("{{", "{")
        .replace("}}", "}")
    ),
    lambda text: re.sub(r"%(\(\w+\))?[\d.]*[srdif]", "_value", text).replace("%%", "%"),
    lambda text: re.sub(r"\$\{?\w+\}?|<<?\w+>>?|@\w+@", "_value", text),
)


def python_lines(text: str) -> int:
    """Return how many lines of Python statements a text holds; 0 if it is something else.

    Prose, JSON, YAML and lists of words parse as Python at times; an expression counts only if it
    calls something, and ``word: word`` does not count.
    """
    if len(text.splitlines()) <= LITERAL_LINES:
        return 0
    # What begins with % or ! is IPython's.
    cell = re.sub(r"^(\s*)[%!].*$", r"\1pass", textwrap.dedent(text), flags=re.MULTILINE)
    return max(_statement_lines(fill(cell)) for fill in _GAPS)


def _statement_lines(code: str) -> int:
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):
        return 0
    if not any(map(_does_something, body)):
        return 0
    lines = code.splitlines()
    numbers = {
        number
        for node in body
        if _does_something(node) or _is_put_in(node)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(1 for number in numbers if lines[number - 1].strip())


def _does_something(node: ast.stmt) -> bool:
    """Whether a statement is more than a word, a number or a word with a colon."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await)
    return not (isinstance(node, ast.AnnAssign) and node.value is None)


def _is_put_in(node: ast.stmt) -> bool:
    """Whether a statement is a gap: among statements, what is put in there is code too."""
    match node:
        case ast.Expr(value=ast.Name(id="_value")):
            return True
    return False


def report(measures: list[Measure], shown: int | None) -> str:
    """Return the numbers as a table, with the places of those that are too high.

    Args:
        measures: The numbers.
        shown: How many places of each, or None for all of all.
    """
    lines = ["The house:"]
    for number in measures:
        goal = f"at most {number.limit}"
        if number.allowed > number.limit:
            goal += f", for now {number.allowed}"
        lines.append(
            f"  {'ok  ' if number.met else 'OVER'} {number.value:>6,}  {number.title} ({goal})"
        )
        places = number.places if shown is None else () if number.met else number.places[:shown]
        lines += [f"         {place}" for place in places]
        if places and len(places) < len(number.places):
            lines.append(f"         and {len(number.places) - len(places)} more (--all)")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the numbers; return 1 if one is too high."""
    parser = argparse.ArgumentParser(prog="python -m tools.house", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--all", action="store_true", help="show every place of every number")
    options = parser.parse_args(arguments)
    measures = measure(options.root)
    print(report(measures, shown=None if options.all else 8))
    return 0 if all(number.met for number in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
