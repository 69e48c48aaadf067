"""Feedback pages: what was checked and seen, the student's own pictures, and nobody else's."""

from __future__ import annotations

import re
import shutil
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.course import Assignment, ClassFolder
from autograder.reports.feedback import write_feedback
from autograder.reports.render import readable, show_cell
from tests.support.nbgrader_command import NAME, nbgrader

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
GIF = "R0lGODdhAQABAIEAAAAAAAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="


class Page(HTMLParser):
    """What a page is made of: tags with their attributes, and its headings' levels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    def require_sound(self) -> None:
        """Fail where the page could run or load something, or leaves a reader out."""
        assert not self.all("script", "iframe", "object", "embed", "link", "form", "svg")
        assert not [name for _, own in self.tags for name in own if name.startswith("on")]
        for own in self.all("img"):
            assert re.match("data:image/(png|jpeg);base64,", own["src"] or "")
            assert own.get("alt")
        ids = [own["id"] for _, own in self.tags if own.get("id")]
        assert len(ids) == len(set(ids))
        for own in self.all("a"):
            assert (own["href"] or "").removeprefix("#") in ids, "links stay within the page"
        levels = [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
        (html,) = self.all("html")
        assert html["lang"] == "en" and self.all("main") and self.all("nav")


@pytest.fixture(scope="module")
def pages(course, tmp_path_factory) -> dict[str, Page]:
    """The pages of the class, after a person has read some answers."""
    copy = tmp_path_factory.mktemp("feedback")
    for name in ("autograded", "source"):
        shutil.copytree(course / name, copy / name)
    shutil.copy(course / "gradebook.db", copy)
    with sqlite3.connect(copy / "gradebook.db") as database:
        of_right = """notebook_id IN (SELECT submitted_notebook.id FROM submitted_notebook
            JOIN submitted_assignment
              ON submitted_assignment.id = submitted_notebook.assignment_id
            WHERE student_id = 'right')"""
        changed = database.execute(
            f"""UPDATE grade SET manual_score = 0.5, needs_manual_grade = 0 WHERE {of_right}
            AND cell_id IN (SELECT id FROM base_cell WHERE name IN ('q1b', 'q2_1_check'))"""
        )
        assert changed.rowcount == 2
        changed = database.execute(
            f"""UPDATE comment SET manual_comment = 'Look **closer** at <i>epoch</i> 50.
            <script>steal()</script>' WHERE {of_right}
            AND cell_id IN (SELECT id FROM base_cell WHERE name = 'q1b')"""
        )
        assert changed.rowcount == 1
    written, failures = write_feedback(Assignment.find(NAME), ClassFolder(copy))
    assert not failures
    # nbgrader's own command writes the very same pages.
    nbgrader(copy, "generate_feedback", NAME, "--force", "--student=right")
    (of_nbgrader,) = [path for path in written if "right" in path.parts]
    pages = {path.parent.parent.name: Page(path.read_text()) for path in written}
    ours = {student: page.text for student, page in pages.items()}
    assert of_nbgrader.read_text() == ours["right"]
    assert of_nbgrader.stat().st_mode & 0o777 == 0o644
    return pages


def test_pages_are_whole_and_carry_nothing_that_runs(pages):
    assert {"right", "untouched", "broken", "renamed"} <= set(pages)
    for page in pages.values():
        page.require_sound()
        assert "steal()" not in page.text
        assert "default-src 'none'" in page.text


def test_a_check_says_what_was_expected_and_what_was_seen(pages):
    text = pages["untouched"].text
    assert "<dt>Expected</dt><dd>BATCH_SIZE has its new value</dd>" in text
    assert "<dt>Seen</dt><dd>The answer&#39;s cell is as it was handed out" in text
    assert "section “4. Other hyper-parameters”, under “Question 2.1”" in text
    assert "0 of 25 marks" in text
    assert text.count("✗ not met") > 10 and "✓ passed" not in text


def test_marks_and_words_of_a_person_are_on_the_page(pages):
    text = pages["right"].text
    assert "Look <strong>closer</strong> at" in text
    assert "10 of 25 marks" in text, "9.5 from the checks, 0.5 from the person"
    assert "A person has set the marks of this question to 0.5; the checks alone gave 1." in text
    assert "8 answers not marked by a person yet" in text


def test_own_work_is_shown_and_nobody_elses(pages):
    text = pages["right"].text
    assert "<b>mine</b>" in text, "an output that was handed in"
    assert "warnings.warn(&#39;mind the gap&#39;)" in text
    assert "ends in the middle" in pages["broken"].text
    others = set(pages) - {"right"}
    assert not [name for name in others if f"For student {name}" in text]


def test_withheld_from_students(pages):
    for page in pages.values():
        assert "INSTRUCTOR" not in page.text
        assert "Marking scheme" not in page.text or "right" in page.text


def test_somebody_who_was_not_graded_is_named(course, tmp_path):
    assignment = Assignment.find(NAME)
    with pytest.raises(ValueError, match="Nobody has been graded"):
        write_feedback(assignment, ClassFolder(tmp_path))
    shutil.copytree(course / "autograded" / "right", tmp_path / "autograded" / "right")
    shutil.copy(course / "gradebook.db", tmp_path)
    notebook = tmp_path / "autograded" / "right" / NAME / f"{NAME}.ipynb"
    notebook.chmod(0o644)
    notebook.write_text(notebook.read_text().replace('"verdict"', '"other"'))
    written, failures = write_feedback(
        assignment, ClassFolder(tmp_path), students=["right", "nobody"]
    )
    assert not written
    assert failures["nobody"] == "has not been graded"
    assert "regrade" in failures["right"]


def shown(*outputs) -> str:
    return "".join(show_cell(new_code_cell("1 < 2", outputs=list(outputs)), "your answer"))


def test_pictures_have_words_and_stand_still():
    html = shown(
        new_output("display_data", {"image/png": DOT}),
        new_output("display_data", {"text/html": f'<img src="data:image/png;base64,{DOT}">'}),
        new_output(
            "display_data", {"text/html": f'<img alt="A 7 & 1" src="data:image/png;base64,{DOT}">'}
        ),
        new_output("display_data", {"image/gif": GIF}),
    )
    assert re.findall('alt="(.*?)"', html) == [
        "Picture 1 of your answer.",
        "Picture 2 of your answer.",
        "A 7 &amp; 1",
    ]
    assert "An animation, to be seen in your notebook" in html and GIF not in html


def test_tables_stay_and_everything_that_misleads_a_reader_goes():
    html = shown(
        new_output(
            "display_data",
            {
                "text/html": "<h1>Big</h1><table><tr><td onclick='x()'>1</td></tr></table>"
                "<li>alone</li><a href='https://example.org'>go</a><script>x()</script>"
            },
        ),
        new_output("error", ename="Oh", evalue="<b>no</b>", traceback=[]),
    )
    assert '<p class="heading">Big</p>' in html and "<td>1</td>" in html
    assert "Oh: &lt;b&gt;no&lt;/b&gt;" in html and "1 &lt; 2" in html
    for gone in ("<h1", "<li", "<a ", "script", "onclick", "example.org"):
        assert gone not in html


def test_answers_in_markdown():
    cell = new_markdown_cell("# Mine\n\n1. *one*\n2. $x < y$\n\n![ ](attachment:a.png)")
    cell.attachments = {"a.png": {"image/png": DOT}}
    html = "".join(show_cell(cell, "your answer"))
    assert '<p class="heading">Mine' in html and "<ol>" in html and "<em>one</em>" in html
    assert f'src="data:image/png;base64,{DOT}"' in html


def test_text_is_as_a_terminal_leaves_it():
    assert readable("1/3\r2/3\r3/3 done\n\x1b[31mred\x1b[0m\n\n") == "3/3 done\nred"
    lines = readable("\n".join(map(str, range(300)))).split("\n")
    assert len(lines) == 41 and lines[15] == "[… 260 lines left out …]" and lines[-1] == "299"
    bars = "".join(f"Epoch {n}/9\n5/5 ━━━━━━━━ 2s 30ms/step - loss: 0.{n}\n" for n in range(1, 10))
    assert readable(f"Begins.\n{bars}Done.").split("\n") == [
        *("Begins.", "[… 16 lines of progress bars left out …]"),
        *("Epoch 9/9", "5/5 ━━━━━━━━ 2s 30ms/step - loss: 0.9", "Done."),
    ]


def test_templates_are_strict(tmp_path):
    folder = Path(__file__).resolve().parents[2] / "autograder" / "reports" / "templates"
    for path in folder.glob("*.j2"):
        text = path.read_text()
        assert "|safe" not in text.replace(" ", "") and "autoescape false" not in text, path
        assert "http" not in text.replace("http-equiv", ""), path
