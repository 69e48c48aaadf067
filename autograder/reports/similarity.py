"""Finds work that several students have handed in alike, and says what is alike.

Likeness proves nothing by itself: short tasks have few answers, given code is copied by all, and
with the same seed on the same kind of machine two honest runs can agree to the last pixel. So only
what most of the class has *not* in common is pointed out, with what it is, for a person to judge.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

_LEAST_NODES = 60  # of a syntax tree; below, there are too few ways to write it
_LEAST_WORDS = 12  # of a free-text answer
_ALIKE = 90.0  # per cent of letters in common, from which two texts are nearly the same
_MOST_LETTERS = 100_000  # of an answer in code
_FEW = 4  # so many may always be pointed out; of a large class, a quarter

Group = tuple[str, ...]


@dataclass(frozen=True)
class Likeness:
    """What the same students have in common.

    Attributes:
        students: Who they are, sorted.
        what: What they have in common, one phrase for each thing.
    """

    students: Group
    what: tuple[str, ...]

    def words_to(self, student: str) -> str:
        """Say it about one of them."""
        others = ", ".join(one for one in self.students if one != student)
        return f"Like {others}: {'; '.join(self.what)}."


@dataclass(frozen=True)
class Answers:
    """Everybody's answers to one question.

    Attributes:
        title: Of the question.
        manual: Whether they are free text; else they are code.
        texts: By student.
        stub: What was handed out; answers that are still the same are not compared.
        model: The course's own answer.
    """

    title: str
    manual: bool
    texts: Mapping[str, str]
    stub: str = ""
    model: str = ""


def find_likenesses(
    answers: Sequence[Answers], fingerprints: Mapping[str, Mapping[str, str]]
) -> list[Likeness]:
    """Compare everybody's work.

    Args:
        answers: The answers to each question.
        fingerprints: By student, hashes of what was generated, each by a phrase that says of what.

    Returns:
        Groups of students with what they have in common; those with most come first.
    """
    found: defaultdict[Group, list[str]] = defaultdict(list)
    for one in answers:
        for students, phrase in _alike_texts(one) if one.manual else _alike_code(one):
            found[students].append(f"{one.title}: {phrase}")
    phrases = dict.fromkeys(phrase for prints in fingerprints.values() for phrase in prints)
    for phrase in phrases:
        prints = {name: own[phrase] for name, own in fingerprints.items() if phrase in own}
        for students in _groups(prints):
            found[students].append(phrase)
    likenesses = [Likeness(students, tuple(what)) for students, what in found.items()]
    return sorted(likenesses, key=lambda one: (-len(one.what), one.students))


def _groups(forms: Mapping[str, Any]) -> list[Group]:
    """Return the students who have the same form, where they are few enough to be odd."""
    groups: defaultdict[Any, list[str]] = defaultdict(list)
    for student, form in forms.items():
        groups[form].append(student)
    most = max(_FEW, len(forms) // 4)
    return [tuple(sorted(group)) for group in groups.values() if 2 <= len(group) <= most]


def _alike_code(answers: Answers) -> Iterator[tuple[Group, str]]:
    stub, model = _Code.of(answers.stub), _Code.of(answers.model)
    codes = {student: _Code.of(text) for student, text in answers.texts.items()}
    codes = {
        student: code
        for student, code in codes.items()
        if code.nodes >= _LEAST_NODES and code.tree != stub.tree
    }
    told: set[str] = set()
    # From the coarsest form to the finest: a group that is told is not told again in parts.
    for form in ("renamed", "tree", "text"):
        for group in _groups({name: getattr(code, form) for name, code in codes.items()}):
            members = [codes[student] for student in group]
            if told.issuperset(group) or (form != "text" and members[0].renamed == model.renamed):
                continue  # what the task itself prescribes is written by many
            told.update(group)
            yield group, _how_alike(members, model)


def _how_alike(members: Sequence[_Code], model: _Code) -> str:
    if any(code.tree != members[0].tree for code in members):
        return "the same code but for the names in it"
    if any(code.text != members[0].text for code in members):
        return "the same code"
    from_model = ", and that of the model answer" if members[0].text == model.text else ""
    return f"the same code, letter by letter{from_model}"


def _alike_texts(answers: Answers) -> Iterator[tuple[Group, str]]:
    words = {student: _words(text) for student, text in answers.texts.items()}
    stub = _words(answers.stub)
    words = {
        student: text
        for student, text in words.items()
        if text != stub and text.count(" ") + 1 >= _LEAST_WORDS
    }
    names = list(words)
    scores = process.cdist(
        list(words.values()), list(words.values()), scorer=fuzz.ratio, score_cutoff=_ALIKE
    )
    leader = {
        name: names[next(place for place, score in enumerate(scores[number]) if score)]
        for number, name in enumerate(names)
    }
    for group in _groups(leader):
        same = len({words[student] for student in group}) == 1
        yield group, "the same words" if same else "nearly the same words"


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


@dataclass(frozen=True)
class _Code:
    """Code in three forms, from fine to coarse.

    Attributes:
        text: As it is written, comments included.
        tree: What Python makes of it; layout, comments and docstrings are gone.
        renamed: The same, with the names that it makes for itself numbered.
        nodes: Size of the tree.
    """

    text: str
    tree: str
    renamed: str
    nodes: int

    @classmethod
    def of(cls, code: str) -> _Code:
        text = "\n".join(line.rstrip() for line in code.splitlines() if line.strip())
        try:
            if len(code) > _MOST_LETTERS:
                raise ValueError("too long to take apart")
            tree = ast.parse(code)
            for node in ast.walk(tree):
                _drop_docstring(node)
            plain = ast.dump(tree)
            nodes = sum(1 for _ in ast.walk(tree))
            return cls(text, plain, ast.dump(_Renaming(tree).visit(tree)), nodes)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # Magics, unfinished code, or code made to hurt: its words, in which three are a node.
            plain = " ".join(text.split())
            return cls(text, plain, plain, len(plain.split()) * 3)


def _drop_docstring(node: ast.AST) -> None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]


class _Renaming(ast.NodeTransformer):
    """Numbers the names that code makes for itself, in the order in which they appear."""

    def __init__(self, tree: ast.AST) -> None:
        self._numbers: dict[str, str] = {}
        self._own = {
            name
            for node in ast.walk(tree)
            for name in (
                node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else "",
                node.arg if isinstance(node, ast.arg) else "",
                node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else "",
            )
            if name
        }

    def _number(self, name: str) -> str:
        if name not in self._own:
            return name
        return self._numbers.setdefault(name, f"name{len(self._numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._number(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._number(node.arg)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._number(node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._number(node.name)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg:
            node.arg = self._number(node.arg)
        return self.generic_visit(node)
