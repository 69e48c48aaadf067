"""What of a submission is shown in the instructor's browser."""

from __future__ import annotations

import base64
import copy
import json

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from autograder.submission import outputs as limits
from tests.support.course_notebook import answered, at, kinds, picture, repaired


def outputs_after(*outputs):
    notebook = answered()
    notebook.cells[at(notebook, "q1")]["outputs"] = list(outputs)
    result = repaired(notebook)
    return result.notebook.cells[at(result.notebook, "q1")].outputs, result


def display(**data):
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def test_good_outputs_are_kept_on_answers_and_on_locked_cells():
    good = [
        new_output("stream", name="stderr", text="warning\n"),
        new_output("error", ename="ValueError", evalue="no", traceback=["a", "b"]),
        display(image_png=picture(), text_plain="<Figure>"),
        display(image_jpeg=picture(kind="JPEG")),
        display(image_gif=picture(kind="GIF")),
        new_output("execute_result", data={"text/plain": "4"}, execution_count=3),
    ]
    notebook = answered()
    for name in ("q1", "setup"):
        notebook.cells[at(notebook, name)]["outputs"] = copy.deepcopy(good)
        notebook.cells[at(notebook, name)]["execution_count"] = 3
    result = repaired(notebook)
    assert result.notebook == notebook
    assert result.repairs == []


def test_scripts_widgets_svg_and_unknown_types_are_left_out():
    kept, result = outputs_after(
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"a": 1}}),
        new_output("display_data", data={"image/svg+xml": "<svg onload='alert(1)'/>"}),
        new_output("display_data", data={"application/x-own": "x", "text/plain": "seen"}),
    )
    assert [dict(o.data) for o in kept] == [{"text/plain": "seen"}]
    said = " ".join(n.message for n in result.repairs)
    assert all(w in said for w in ("scripts", "widgets", "SVG", "unknown kind"))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)></svg>",
        "<iframe src='https://evil.example'></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='JaVa&#x0A;script:alert(1)'>x</a>",
        "<img src='https://evil.example/pixel.png'>",
        "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
        "<style>body{display:none}</style>",
        "<form action=/formgrader><input name=x></form>",
        "<p style='position:fixed;top:0'>x</p>",
        "<b onmouseover=alert(1) class=score id=score>x</b>",
        "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<base href='https://evil.example'><link rel=stylesheet href=x><meta http-equiv=refresh>",
    ],
)
def test_html_attacks_do_not_survive(attack):
    kept, _ = outputs_after(display(text_html=f"<b>kept</b>{attack}"))
    html = kept[0].data["text/html"].lower()
    assert html.startswith("<b>kept</b>")
    for word in ("script", "onerror", "onload", "onmouse", "svg", "evil", "style", "form", "class"):
        assert word not in html


def test_tables_and_embedded_pictures_in_html_are_kept():
    html = (
        f'<table><tr><td>1</td></tr></table><img src="data:image/gif;base64,{picture(kind="GIF")}">'
    )
    kept, result = outputs_after(display(text_html=html))
    assert "<td>1</td>" in kept[0].data["text/html"]
    assert "data:image/gif;base64," in kept[0].data["text/html"]
    assert result.repairs == []


def test_pictures_must_be_pictures():
    bomb = bytearray(base64.b64decode(picture()))
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    kept, result = outputs_after(
        display(image_png='x" onerror="alert(1)'),
        display(image_png=base64.b64encode(b"no picture").decode()),
        display(image_jpeg=picture()),
        display(image_png=base64.b64encode(bomb).decode()),
        display(image_png="A" * 4_000_000),
    )
    assert kept == []
    assert any("damaged pictures (4)" in n.message for n in result.repairs)
    assert any("more than 2 MB (1)" in n.message for n in result.repairs)


def test_long_text_and_too_many_outputs_are_cut_and_said():
    kept, result = outputs_after(
        new_output("stream", text="x" * 300_000),
        *[new_output("stream", text="y") for _ in range(5000)],
    )
    assert len(kept) == 500
    assert kept[0].text.startswith("x" * limits.MAX_TEXT) and "was cut" in kept[0].text
    assert [n.kind for n in result.repairs] == ["outputs", "outputs"]


def test_all_outputs_together_stay_below_20_mb():
    notebook = answered()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell["outputs"] = [new_output("stream", text="x" * 90_000) for _ in range(100)]
    result = repaired(notebook)
    assert len(json.dumps(result.notebook)) < limits.MAX_NOTEBOOK * 1.1
    assert any("20 MB" in n.message for n in result.repairs)


@pytest.mark.slow
def test_html_and_markdown_made_to_be_slow_are_left_out():
    notebook = answered()
    slow = [display(text_html="<div>" * 400_000), display(text_html="<p " + "a=b " * 500_000)]
    notebook.cells[at(notebook, "q1")]["outputs"] = slow
    for number in range(60):
        text = ("\\begin{a}" * 10_000)[: 19_000 + number]
        notebook.cells.append(new_markdown_cell(text, id=f"slow-{number}"))
    result = repaired(notebook)
    assert result.notebook.cells[at(result.notebook, "q1")].outputs == []


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](jav&#x61;script:alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "![x](https://evil.example/pixel.png)",
        "![x](attachment:missing.png)",
        "<!-- > <img src=x onerror=alert(1)> -->",
        "<a href='javascript:alert(1)'>x</a>",
        "```\n</code></pre><script>alert(1)</script>\n```",
    ],
)
def test_markdown_answers_run_no_script_in_the_feedback_page(attack):
    from nbconvert import HTMLExporter

    notebook = answered()
    notebook.cells[at(notebook, "q1b")].source = f"My answer.\n\n{attack}"
    result = repaired(notebook)
    answer = copy.deepcopy(result.notebook.cells[at(result.notebook, "q1b")])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(new_notebook(cells=[answer]))
    page = page.lower()
    assert "my answer." in page
    for part in ("<script>alert", "<img", 'href="javascript', "<!--"):
        assert part not in page
    assert kinds(result) == {"markup"}


def test_formulas_code_and_attached_pictures_of_an_answer_are_kept():
    notebook = answered()
    cell = notebook.cells[at(notebook, "q1b")]
    cell.source = "<!-- note -->If $a < b$ then **see** `x[i]`, a > c & [this](https://keras.io):\n\n![p](attachment:p.png)"
    cell["attachments"] = {
        "p.png": {"image/png": picture()},
        "q.svg": {"image/svg+xml": "<svg/>"},
    }
    result = repaired(notebook)
    answer = result.notebook.cells[at(result.notebook, "q1b")]
    assert answer.source == cell.source
    assert answer.attachments == {"p.png": {"image/png": picture()}}
