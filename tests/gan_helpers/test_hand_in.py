"""Looking through a notebook and packing it, in Colab and in Jupyter, without nbgrader."""

from __future__ import annotations

import copy
import json
import sys
import types
import zipfile
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

from autograder.course import Assignment
from autograder.submission import release_view
from gan_helpers import hand_in
from gan_helpers._hand_in import checklist, notebook_source
from gan_helpers._training import run_results
from gan_helpers.history import History

NAME = "02_dcgan_experiments"
ASSIGNMENT = Assignment.find(NAME)
QUESTIONS = [*ASSIGNMENT.auto_points, *ASSIGNMENT.manual_points]
MARKER = f'hand_in.pack("{NAME}"'


def _finished() -> dict:
    """The instructor's notebook as if a student had run and signed it."""
    notebook = copy.deepcopy(ASSIGNMENT.source)
    number = 0
    for cell in notebook.cells:
        cell.source = cell.source.replace("- Name:", "- Name: A. Student")
        cell.source = cell.source.replace("- Student number:", "- Student number: 12")
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            text = "Recorded for ..." if "evidence.record(" in cell.source else "something"
            cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    # As in a file: texts are lists of lines.
    return json.loads(nbformat.writes(notebook))


@pytest.fixture
def notebook() -> dict:
    return _finished()


def _cell(notebook: dict, grade_id: str) -> dict:
    return next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def _findings(notebook: dict) -> list[str]:
    return checklist.findings(notebook, QUESTIONS, marker=MARKER)


def _stub(notebook: dict) -> None:
    _cell(notebook, "q2_1")["source"] = ["# 2.1: x.\n", "# YOUR CODE HERE\n"]
    _cell(notebook, "q2_1")["source"] += ["raise NotImplementedError()"]
    _fail(_cell(notebook, "q2_1"), "NotImplementedError", "")


def _fail(cell: dict, kind: str, text: str) -> None:
    cell["outputs"].append({"output_type": "error", "ename": kind, "evalue": text, "traceback": []})


def _not_run(cell: dict) -> None:
    cell["outputs"], cell["execution_count"] = [], None


CHANGES = {
    "nothing": (lambda nb: None, []),
    "task": (_stub, ["The cell “2.1: x.”: not answered yet."]),
    "words": (
        lambda nb: _cell(nb, "q1b").update(source=["YOUR ANSWER HERE"]),
        ["Question q1b: not answered yet."],
    ),
    "no words": (
        lambda nb: _cell(nb, "q1b").update(source=[]),
        ["Question q1b: not answered yet."],
    ),
    "deleted question": (
        lambda nb: nb["cells"].remove(_cell(nb, "q1b")),
        ["Question q1b: its cell is no longer there."],
    ),
    "deleted check": (
        lambda nb: nb["cells"].remove(_cell(nb, "q2_4_check")),
        ["Question q2_4: its cell is no longer there."],
    ),
    "failed check": (
        lambda nb: _fail(_cell(nb, "q3a_check"), "NameError", "name 'x' is not defined"),
        ["Question q3a: its check cell stopped with NameError: name 'x' is not defined."],
    ),
    "check not run": (
        lambda nb: _not_run(_cell(nb, "q3a_check")),
        ["Question q3a: its check cell was not run."],
    ),
    "not recorded": (
        lambda nb: _cell(nb, "q1a_check")["outputs"][0].update(
            text=["Recorded for q1a: generator (could not be recorded: no)"]
        ),
        ["Question q1a: its check cell could not record everything; see there."],
    ),
    "error": (
        lambda nb: _fail(_cell(nb, "q1a"), "ValueError", "long " * 40),
        ["The cell “1a: define display_key_epochs() and call it.”: stopped with ValueError: long"],
    ),
    "cells not run": (
        lambda nb: (_not_run(_cell(nb, "q2_1")), _not_run(_cell(nb, "q2_2"))),
        ["The cell “2.1: BATCH_SIZE and train_dataset.” and 1 more: not run."],
    ),
    "no signature": (
        lambda nb: _cell_with(nb, "- Name:").update(
            source=["### Signature\n", "\n", "- Name:\n", "- Student number: \n"]
        ),
        ["Signature: fill in “Name”.", "Signature: fill in “Student number”."],
    ),
    "signature deleted": (
        lambda nb: nb["cells"].remove(_cell_with(nb, "- Name:")),
        ["The signature is no longer there."],
    ),
    "private outputs": (
        lambda nb: nb["metadata"].update(colab={"private_outputs": True}),
        ["This notebook is set to be saved without its outputs"],
    ),
}


def _cell_with(notebook: dict, text: str) -> dict:
    return next(cell for cell in notebook["cells"] if text in "".join(cell["source"]))


@pytest.mark.parametrize("what", CHANGES)
def test_findings(notebook, what):
    change, expected = CHANGES[what]
    change(notebook)
    found = _findings(notebook)
    assert len(found) == len(expected), found
    for sentence, beginning in zip(found, expected, strict=True):
        assert sentence.startswith(beginning) and sentence.endswith(".")
        assert len(sentence) < 200


def test_findings_without_the_marks_of_nbgrader(notebook):
    _cell(notebook, "q1b")["source"] = ["YOUR ANSWER HERE"]
    _not_run(_cell(notebook, "q3a_check"))
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    found = _findings(notebook)
    assert "Question q3a: its check cell was not run." in found
    assert any("YOUR ANSWER HERE" in one for one in found) and len(found) == 2


def test_untouched_release_is_not_called_finished():
    release = json.loads(nbformat.writes(release_view(ASSIGNMENT.source)))
    found = "\n".join(_findings(release))
    for question in QUESTIONS:
        assert f"Question {question}:" in found
    assert "not run. Run all cells" in found and "Signature" in found


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """A folder with a notebook and a workspace of two runs, the older one without a generator."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAN_HELPERS_BUDGET", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(notebook_source, "get_ipython", lambda: None)
    for number, run in enumerate(("baseline", "simpler")):
        folder = tmp_path / "results" / run
        (folder / "images").mkdir(parents=True)
        for epoch in (9, 10):
            (folder / "images" / f"image_at_epoch_{epoch:04d}.png").write_bytes(b"%d" % epoch)
        run_results.save_history(folder, History(epochs=[1, 2], budget="quick"))
        (folder / "result" / "samples.npz").write_bytes(b"samples")
        if number:
            (folder / "result" / "generator.npz").write_bytes(b"generator")
    (tmp_path / "mine.ipynb").write_text(json.dumps(_finished()), encoding="utf-8")
    return tmp_path


def _pack(work: Path) -> Path | None:
    return hand_in.pack(NAME, work / "results", questions=" ".join(QUESTIONS))


def test_pack_in_jupyter(work, capsys):
    target = _pack(work)
    assert target == work / f"{NAME}_hand_in.zip" and target.stat().st_size < hand_in.MAX_BYTES
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read(f"{NAME}.ipynb")) == _finished()
        assert archive.read("recorded/samples/simpler.png") == b"10"
        manifest = json.loads(archive.read("recorded/manifest.json"))
        assert sorted(archive.namelist()) == sorted([*manifest["files"], "recorded/manifest.json"])
        history = json.loads(archive.read("recorded/history.json"))
    assert list(history) == ["baseline", "simpler"] and history["baseline"]["epochs"] == [1, 2]
    assert "recorded/generators/simpler.npz" in manifest["files"]
    assert manifest["assignment"] == NAME and manifest["findings"] == manifest["left_out"] == []
    printed = capsys.readouterr().out
    assert "Nothing is missing" in printed
    assert "Trainings: baseline (2 epochs, quick budget), simpler (2 epochs" in printed


def test_pack_tells_what_is_missing_and_packs_all_the_same(work, capsys):
    notebook = _finished()
    _stub(notebook)
    (work / "mine.ipynb").write_text(json.dumps(notebook))
    (work / "results/simpler/result/history.json").write_text("{")
    with zipfile.ZipFile(_pack(work)) as archive:
        assert json.loads(archive.read("recorded/manifest.json"))["findings"]
    printed = capsys.readouterr().out
    assert "- The cell “2.1: x.”: not answered yet." in printed
    assert "is damaged and is not packed" in printed


def test_pack_without_any_training(work, capsys):
    with zipfile.ZipFile(hand_in.pack(NAME, work / "empty", questions=[])) as archive:
        assert archive.read("recorded/history.json") == b"{}"
    assert "Trainings: none was found." in capsys.readouterr().out


def test_what_does_not_fit_in_is_left_out_and_named(work, monkeypatch, capsys):
    big = np.random.default_rng(0).bytes(300_000)
    for run in ("baseline", "simpler"):
        (work / "results" / run / "result" / "generator.npz").write_bytes(big)
    monkeypatch.setattr(hand_in, "MAX_BYTES", 550_000)
    target = _pack(work)
    assert target.stat().st_size < 550_000
    with zipfile.ZipFile(target) as archive:
        assert "recorded/generators/simpler.npz" in archive.namelist()
        assert json.loads(archive.read("recorded/manifest.json"))["left_out"] == [
            "the generator of baseline"
        ]
    assert "left out: the generator of baseline" in capsys.readouterr().out


def test_notebook_that_is_too_large(work, monkeypatch, capsys):
    notebook = _finished()
    _cell(notebook, "q1a")["outputs"][0]["text"] = [np.random.default_rng(0).bytes(150_000).hex()]
    (work / "mine.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(hand_in, "MAX_BYTES", 150_000)
    assert _pack(work) is None and not list(work.glob("*.zip"))
    printed = capsys.readouterr().out
    assert "Clear the output of the cell that begins “# 1a: define display_key_epochs" in printed


@pytest.mark.parametrize("variable", ["GAN_HELPERS_BUDGET", "NBGRADER_EXECUTION"])
def test_nothing_happens_in_grading(work, monkeypatch, variable):
    monkeypatch.setenv(variable, "grading")
    monkeypatch.setattr(notebook_source, "read", lambda marker: pytest.fail("read"))
    assert _pack(work) is None and not list(work.glob("*.zip"))


def test_file_of_the_notebook(work, monkeypatch, capsys):
    other = _finished()
    other["cells"] = [cell for cell in other["cells"] if MARKER not in "".join(cell["source"])]
    (work / "other.ipynb").write_text(json.dumps(other))
    (work / "broken.ipynb").write_text("{")
    assert notebook_source.read(MARKER) == _finished(), "the only one with this cell"
    (work / "copy.ipynb").write_text((work / "mine.ipynb").read_text())
    assert _pack(work) is None
    assert "there is 2 of them" in capsys.readouterr().out
    monkeypatch.setenv("JPY_SESSION_NAME", str(work / "other.ipynb"))
    assert notebook_source.read(MARKER) == other, "Jupyter says which"
    monkeypatch.setenv("JPY_SESSION_NAME", str(work / "broken.ipynb"))
    assert _pack(work) is None
    assert "cannot be read as a notebook" in capsys.readouterr().out


@pytest.mark.slow
def test_notebook_must_be_saved_after_it_was_run(work, monkeypatch, capsys):
    """In a kernel of Jupyter's, which knows the file's name only."""
    cells = [
        nbformat.v4.new_code_cell("1 + 1"),
        nbformat.v4.new_code_cell("2 + 2"),
        nbformat.v4.new_code_cell(
            "from pathlib import Path\nfrom gan_helpers import hand_in\n"
            'packed = hand_in.pack("x", Path("results"), questions="")'
        ),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    path = work / "x.ipynb"
    nbformat.write(notebook, path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    client = nbclient.NotebookClient(notebook)

    def run(*numbers: int) -> str:
        for number in numbers:
            client.execute_cell(notebook.cells[number], number)
        return "".join(output.get("text", "") for output in notebook.cells[-1].outputs)

    with client.setup_kernel(cwd=str(work)):
        assert "x.ipynb was not saved after its cells were run" in run(0, 1, 2)
        nbformat.write(notebook, path)
        assert "Packed: " in run(2)
        assert "Packed: " in run(2), "it may be run as often as one likes"
        assert "was not saved" in run(0, 2)
        nbformat.write(notebook, path)
        assert "Packed: " in run(2)
    with client.setup_kernel(cwd=str(work)):
        assert "Packed: " in run(2), "the others were run in an earlier session"


@pytest.fixture
def colab(work, monkeypatch) -> types.SimpleNamespace:
    package = types.ModuleType("google.colab")
    for name in ("drive", "files", "_message"):
        module = types.ModuleType(f"google.colab.{name}")
        setattr(package, name, module)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "google.colab", package)
    downloads: list[str] = []
    package.files.download = downloads.append
    package._message.blocking_request = lambda kind, timeout_sec: {"ipynb": _finished()}
    return types.SimpleNamespace(package=package, downloads=downloads)


def test_pack_in_colab(work, colab):
    target = _pack(work)
    assert target == work / "results" / f"{NAME}_hand_in.zip", "kept on Drive"
    assert colab.downloads == [str(target)]
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read(f"{NAME}.ipynb")) == _finished()


def _raise(*arguments, **named):
    raise AttributeError("no such request")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda kind, timeout_sec: None, "Colab did not answer"),
        (_raise, "no such request"),
        (lambda kind, timeout_sec: {"ipynb": []}, "it holds no cells"),
    ],
)
def test_colab_that_does_not_hand_the_notebook_over(work, colab, capsys, answer, words):
    colab.package._message.blocking_request = answer
    assert _pack(work) is None and not colab.downloads
    printed = capsys.readouterr().out
    assert words in printed and "Download .ipynb" in printed


def test_slow_colab_is_asked_again(work, colab):
    waits: list[int] = []

    def answer(kind, timeout_sec):
        waits.append(timeout_sec)
        return {"ipynb": _finished()} if len(waits) == 2 else None

    colab.package._message.blocking_request = answer
    assert _pack(work) is not None and waits == [20, 40]


def test_download_that_the_browser_forbids(work, colab, capsys):
    colab.package.files.download = _raise
    assert _pack(work) is not None
    assert "The download did not begin" in capsys.readouterr().out
