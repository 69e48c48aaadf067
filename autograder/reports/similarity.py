"""Finds work that several students have handed in alike, and says what is alike.

Similarity proves nothing by itself: short tasks have few answers, given code is copied by all, and
with the same seed on the same kind of machine two honest runs can agree to the last pixel. So only
what most of the class has *not* in common is pointed out, with what it is, for a person to judge.

Code is compared by syntax tree and not by ``copydetect`` or another tool of that family, which give
all names one letter: answers of a few lines, written to a given plan, are then all the same.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

_LEAST_NODES = 60  # of a syntax tree; below, there are too few ways to write it
_LEAST_WORDS = 12  # of a free-text answer
_ALIKE = 90.0  # per cent of letters in common, from which two texts are nearly the same
_MOST_LETTERS = 100_000  # of an answer in code
_FEW = 4  # so many may always be pointed out; of a large class, a quarter

Group = tuple[str, ...]


@dataclass(frozen=True)
class Similarity:
    """What the same students have in common.

    Attributes:
        students: Who they are, sorted.
        phrases: What they have in common, one phrase for each thing.
    """

    students: Group
    phrases: tuple[str, ...]

    def sentence_for(self, student: str) -> str:
        """Return a sentence about one of the students."""
        others = ", ".join(name for name in self.students if name != student)
        return f"Like {others}: {'; '.join(self.phrases)}."


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


def find_similarities(
    answers: Sequence[Answers], fingerprints: Mapping[str, Mapping[str, str]]
) -> list[Similarity]:
    """Compare everybody's work.

    Args:
        answers: The answers to each question.
        fingerprints: By student, hashes of what was generated, each by a phrase that says of what.

    Returns:
        Groups of students with what they have in common; those with most come first.
    """
    phrases: defaultdict[Group, list[str]] = defaultdict(list)
    for question in answers:
        compare = _similar_texts if question.manual else _similar_code
        for students, phrase in compare(question):
            phrases[students].append(f"{question.title}: {phrase}")
    for phrase in dict.fromkeys(phrase for hashes in fingerprints.values() for phrase in hashes):
        hashes = {name: mine[phrase] for name, mine in fingerprints.items() if phrase in mine}
        for students in _small_groups(hashes):
            phrases[students].append(phrase)
    similarities = [Similarity(students, tuple(common)) for students, common in phrases.items()]
    return sorted(similarities, key=lambda group: (-len(group.phrases), group.students))


def _small_groups(forms: Mapping[str, Hashable]) -> list[Group]:
    """Return the students who have the same form, where they are few enough to be odd."""
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for student, form in forms.items():
        groups[form].append(student)
    most = max(_FEW, len(forms) // 4)
    return [tuple(sorted(group)) for group in groups.values() if 2 <= len(group) <= most]


def _similar_code(answers: Answers) -> Iterator[tuple[Group, str]]:
    stub, model = _Code.parse(answers.stub), _Code.parse(answers.model)
    codes = {student: _Code.parse(text) for student, text in answers.texts.items()}
    codes = {
        student: code
        for student, code in codes.items()
        if code.nodes >= _LEAST_NODES and code.tree != stub.tree
    }
    grouped: set[str] = set()
    # From the coarsest form to the finest: of a reported group no smaller one is reported.
    for form in ("renamed", "tree", "text"):
        for group in _small_groups({name: getattr(code, form) for name, code in codes.items()}):
            members = [codes[student] for student in group]
            if grouped.issuperset(group):
                continue
            if form != "text" and members[0].renamed == model.renamed:
                continue  # what the task itself prescribes is written by many
            grouped.update(group)
            yield group, _common_form(members, model)


def _common_form(members: Sequence[_Code], model: _Code) -> str:
    """Return the finest form in which codes are the same, in words."""
    if any(code.tree != members[0].tree for code in members):
        return "the same code but for the names in it"
    if any(code.text != members[0].text for code in members):
        return "the same code"
    from_model = ", and that of the model answer" if members[0].text == model.text else ""
    return f"the same code, letter by letter{from_model}"


def _similar_texts(answers: Answers) -> Iterator[tuple[Group, str]]:
    stub = _words(answers.stub)
    texts = {student: _words(text) for student, text in answers.texts.items()}
    texts = {
        student: text
        for student, text in texts.items()
        if text != stub and text.count(" ") + 1 >= _LEAST_WORDS
    }
    names = list(texts)
    scores = process.cdist(
        list(texts.values()), list(texts.values()), scorer=fuzz.ratio, score_cutoff=_ALIKE
    )
    leader = {
        name: names[next(place for place, score in enumerate(scores[number]) if score)]
        for number, name in enumerate(names)
    }
    for group in _small_groups(leader):
        same = len({texts[student] for student in group}) == 1
        yield group, "the same words" if same else "nearly the same words"


def _words(text: str) -> str:
    """Return the words of a text, without capitals and punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


@dataclass(frozen=True)
class _Code:
    """Code in three forms, from fine to coarse.

    Attributes:
        text: As it is written, comments included.
        tree: What Python makes of it; layout, comments and docstrings are gone.
        renamed: The same, with the names that the code defines numbered.
        nodes: Size of the tree.
    """

    text: str
    tree: str
    renamed: str
    nodes: int

    @classmethod
    def parse(cls, code: str) -> _Code:
        text = "\n".join(line.rstrip() for line in code.splitlines() if line.strip())
        try:
            if len(code) > _MOST_LETTERS:
                raise ValueError("too long to be parsed")
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
    """Numbers the names that code defines, in the order in which they appear."""

    def __init__(self, tree: ast.AST) -> None:
        self._numbers: dict[str, str] = {}
        self._defined = set(_defined_names(tree))

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "arg", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str) and name in self._defined:
                setattr(node, field, self._numbers.setdefault(name, f"name{len(self._numbers)}"))
        return super().generic_visit(node)


def _defined_names(tree: ast.AST) -> Iterator[str]:
    """Return the names of the variables, arguments, functions and classes that code defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
