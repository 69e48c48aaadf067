"""Kernel files run with their arguments, see the student's names, and leave nothing behind."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from autograder.challenges.hooks import Hook, Plan, run_file
from autograder.challenges.rendering import Step, render


def kernel_file(folder: Path, name: str, code: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(code))
    return path


def run(text: str, space: dict) -> dict:
    exec(text, space)
    return space


def test_arguments_arrive_as_they_were(tmp_path):
    file = kernel_file(
        tmp_path, "keep", "def main(space, **arguments): space['arguments'] = arguments\n"
    )
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    sent = {"array": array, "bytes": b"\0\xff", "inside": [{"array": array[0]}], "text": "\"'"}
    arrived = run(render([Step(file, sent)]), {})["arguments"]
    assert arrived["bytes"] == sent["bytes"] and arrived["text"] == sent["text"]
    for received, wanted in ((arrived["array"], array), (arrived["inside"][0]["array"], array[0])):
        assert received.dtype == wanted.dtype and np.array_equal(received, wanted)
        received += 1  # it may be written to


def test_a_file_may_import_its_neighbour_and_neither_stays(tmp_path, monkeypatch):
    theirs = object()
    monkeypatch.setitem(sys.modules, "neighbour", theirs)
    kernel_file(tmp_path, "neighbour", "def double(number): return 2 * number\n")
    code = """
    from neighbour import double

    def main(space, *, number):
        space["it"] = double(number)
    """
    file = kernel_file(tmp_path, "uses_it", code)
    space = run(render([Step(file, {"number": 4})]), {})
    assert space["it"] == 8 and set(space) == {"it", "__builtins__"}
    assert sys.modules["neighbour"] is theirs and "uses_it" not in sys.modules


def test_steps_run_in_order_and_an_error_ends_them(tmp_path):
    code = "def main(space, *, number):\n    space.setdefault('seen', []).append(1 / number)\n"
    file = kernel_file(tmp_path, "divide", code)
    text = render([Step(file, {"number": number}) for number in (2, 0, 4)])
    space: dict = {}
    with pytest.raises(ZeroDivisionError):
        run(text, space)
    assert space["seen"] == [0.5] and "divide" not in sys.modules


def test_files_that_import_each_other_and_what_cannot_be_sent_are_refused(tmp_path):
    kernel_file(tmp_path, "first", "from second import x\n")
    file = kernel_file(tmp_path, "second", "from first import y\n")
    with pytest.raises(ValueError, match="circle"):
        render([Step(file)])
    other = kernel_file(tmp_path, "other", "def main(space): pass\n")
    with pytest.raises(TypeError, match="cannot send a object"):
        render([Step(other, {"thing": object()})])


def test_an_edited_file_is_read_again(tmp_path):
    file = kernel_file(tmp_path, "edited", "def main(space): space['is'] = 1\n")
    assert run(render([Step(file)]), {})["is"] == 1
    file.write_text("def main(space): space['is'] = 22\n")
    assert run(render([Step(file)]), {})["is"] == 22


def test_the_judge_draws_what_the_kernel_gets(tmp_path):
    file = kernel_file(tmp_path, "take", "def main(space, *, drawn): space['taken'] = drawn\n")
    hook = run_file(
        "taken", "after", "cell", file, draw=lambda seed: {"seed": str(seed), "half": 0.5}
    )
    plan = Plan((hook,))
    taken = run(hook.code("a challenge"), {})["taken"]
    assert taken == plan.drawn("taken", "a challenge") != plan.drawn("taken", "another")
    with pytest.raises(KeyError):
        plan.drawn("missing", "a challenge")


def test_two_hooks_of_one_name_are_refused(tmp_path):
    hook = Hook("name", "after", "cell", lambda challenge: ())
    with pytest.raises(ValueError, match="Several hooks are called name"):
        Plan((hook, hook))


def test_what_is_rendered_tells_of_a_change_in_a_file_or_a_place(tmp_path):
    file = kernel_file(tmp_path, "changing", "def main(space): pass\n")

    def rendered(when: str = "after") -> list[object]:
        return Plan((run_file("name", when, "cell", file),)).rendered("0")

    first = rendered()
    assert rendered() == first != rendered("before")
    file.write_text("def main(space): return None\n")
    assert rendered() != first
