"""A real JupyterLab in a real browser: a student's notebook, the instructor's desk, both pages.

``SCREENSHOTS`` names a folder for pictures of the pages; without it they go to pytest's own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from axe_core_python.selenium import Axe
from nbformat.v4 import new_code_cell
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait

from autograder.course import Assignment, ClassFolder
from autograder.reports.class_page import write_report
from tests.support.handed_in_outputs import hand_in_history, hand_in_outputs
from tests.support.nbgrader_command import NAME, ROOT, export, forget_students

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (BROWSER and DRIVER), reason="needs a browser: apt install chromium chromium-driver"
    ),
]

LEFT_BEHIND = Path("/tmp/left-by-the-formgrader-test")
# The error's text is how a cell can say something that is kept: outputs are not.
LOOK_AROUND = """
import os, pathlib, socket

pathlib.Path({left!r}).write_text("I was here.")
found = {{
    "gradebook": os.path.exists({gradebook!r}),
    "checks": os.path.exists({checks!r}),
    "secret": "COURSE_TOKEN" in os.environ,
    "network": socket.socket().connect_ex(("127.0.0.1", {port})) == 0,
}}
raise SystemError(f"found {{sorted(name for name in found if found[name])}}")
"""
# What the student runs: of all assignments it has the least to train.
STUDENTS = "01_dcgan_walkthrough"
END_KERNEL = "import os\nos._exit(1)  # the rest of the notebook would cost half a minute"


@dataclass(frozen=True)
class Desk:
    """A course folder with a JupyterLab in it.

    Attributes:
        root: The folder.
        url: Address of the server.
        token: What the server wants to hear from a browser.
    """

    root: Path
    url: str
    token: str = "for-this-test-alone"

    def marks(self, student: str) -> list[float | None]:
        with sqlite3.connect(self.root / "gradebook.db") as database:
            rows = database.execute(
                """SELECT auto_score FROM grade
                JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
                JOIN submitted_assignment
                  ON submitted_assignment.id = submitted_notebook.assignment_id
                JOIN base_cell ON base_cell.id = grade.cell_id
                WHERE student_id = ? AND base_cell.name LIKE '%_check'""",
                (student,),
            )
            return [score for (score,) in rows]


@pytest.fixture(scope="module")
def desk(course, grader_02, tmp_path_factory) -> Iterator[Desk]:
    """The course's configuration, two hand-ins, and `jupyter lab` as an instructor starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = tmp_path_factory.mktemp("desk")
    desk = Desk(root, f"http://127.0.0.1:{port}")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copy(course / "gradebook.db", root)
    shutil.copytree(course / "source", root / "source")
    shutil.copytree(course / "release", root / "release")
    forget_students(root)
    # One whose run is known already, and one who looks around in a run of their own.
    right = root / "submitted" / "right" / NAME / f"{NAME}.ipynb"
    shutil.copytree(course / "submitted" / "right", root / "submitted" / "right")
    notebook = nbformat.read(right, as_version=4)
    hand_in_outputs(notebook, 7)
    hand_in_history(right.parent, 50)
    (answer,) = (
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "q1b"
    )
    answer.source = "Not yet. About half of them can be read, with *rough* edges and stray dots."
    nbformat.write(notebook, right)
    answered(STUDENTS, root / "student" / f"{STUDENTS}.ipynb")
    for name, setting in (
        # All cells are on the page at once, so that a test can find them.
        ("notebook-extension/tracker", '{"windowingMode": "none"}'),
        ("apputils-extension/notification", '{"fetchNews": "false", "checkForUpdates": false}'),
    ):
        path = root / f"home/.jupyter/lab/user-settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(setting)
    run = grader_02.run(grader_02.read(right))
    shutil.copytree(run, root / "evidence" / NAME / run.name)
    look = LOOK_AROUND.format(
        left=str(LEFT_BEHIND),
        gradebook=str(root / "gradebook.db"),
        checks=str(grader_02.assignment.checks_folder),
        port=port,
    )
    curious = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    curious.cells[:0] = [new_code_cell(look), new_code_cell(END_KERNEL)]
    path = root / "submitted" / "curious" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(curious, path)

    log = root / "jupyter.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                f"--IdentityProvider.token={desk.token}",
            ],
            cwd=root,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                # As in an activated environment, but for the settings of whoever runs the test.
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(root / "home"),
                "PYTHONPATH": str(ROOT),
                "COURSE_TOKEN": "SECRET",
                # For the notebook that a student runs; trainings take seconds.
                "GAN_HELPERS_BUDGET": "grading",
            },
        )
    try:
        end = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{desk.url}/api", timeout=5)
                break
            except (urllib.error.URLError, TimeoutError):
                assert server.poll() is None and time.monotonic() < end, log.read_text()[-3000:]
                time.sleep(0.2)
        yield desk
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    profile = tmp_path_factory.mktemp("profile")
    for argument in (
        "--headless=new",
        "--no-sandbox",  # Chromium's own does not work for root
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(120)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_course_opens_without_warnings(desk, browser, pictures):
    browser.get(f"{desk.url}/formgrader/manage_assignments?token={desk.token}")
    WebDriverWait(browser, 60).until(expected.presence_of_element_located((By.LINK_TEXT, NAME)))
    browser.save_screenshot(str(pictures / "assignments.png"))
    assert not [one.text for one in browser.find_elements(By.CLASS_NAME, "alert")]


def test_the_button_grades_with_our_verdict_behind_the_wall(desk, browser, pictures):
    LEFT_BEHIND.unlink(missing_ok=True)
    for student in ("curious", "right"):
        browser.get(f"{desk.url}/formgrader/manage_submissions/{NAME}?token={desk.token}")
        press_autograde(browser, student, pictures)
    browser.get(f"{desk.url}/formgrader/manage_submissions/{NAME}")
    row(browser, "right")
    browser.save_screenshot(str(pictures / "submissions_graded.png"))

    assert sum(desk.marks("right")) == 10, "nbgrader alone gives 0: there are words on stderr"
    assert set(desk.marks("curious")) == {0}
    runs = [json.loads(path.read_text()) for path in desk.root.glob(f"evidence/{NAME}/*/run.json")]
    assert len(runs) == 2
    (seen,) = [run["cells"]["cell 1"]["error"] for run in runs if run["stopped"]]
    assert seen == "SystemError: found []", "nothing is to be seen from behind the wall"
    assert not LEFT_BEHIND.exists()


@pytest.mark.parametrize(("student", "words"), [("right", "✓ passed"), ("curious", "✗ not met")])
def test_the_page_of_a_submission_shows_the_verdict(student, words, desk, browser, pictures):
    browser.get(f"{desk.url}/formgrader/manage_students/{student}/{NAME}?token={desk.token}")
    wait = WebDriverWait(browser, 60)
    wait.until(expected.element_to_be_clickable((By.LINK_TEXT, NAME))).click()
    wait.until(expected.presence_of_element_located((By.CSS_SELECTOR, ".nbgrader_cell")))
    cell = browser.find_element(By.XPATH, f"//td[contains(., '{words[2:]}')]")
    assert cell.text == words
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
    browser.save_screenshot(str(pictures / f"verdict_{student}.png"))
    browser.execute_script("window.scrollTo(0, 0)")
    browser.save_screenshot(str(pictures / f"submission_{student}.png"))
    assert "steal()" not in browser.page_source, "nor a script of the student's"


def test_a_person_marks_an_answer_beside_its_scheme(desk, browser, pictures):
    write_report(Assignment.find(NAME), class_folder(desk), data=None)
    browser.get(f"{desk.url}/formgrader/manage_students/right/{NAME}?token={desk.token}")
    wait = WebDriverWait(browser, 60)
    wait.until(expected.element_to_be_clickable((By.LINK_TEXT, NAME))).click()
    note = wait.until(
        expected.presence_of_element_located(
            (By.CSS_SELECTOR, "[aria-label='For marking Question 1b']")
        )
    )
    for words in ("Marking scheme (1 mark).", "Model answer.", "Question 1a: 2 of 2"):
        assert words in note.text
    assert len(note.find_elements(By.TAG_NAME, "img")) == 2, "loss curves and the last samples"
    found = browser.find_element(By.CSS_SELECTOR, "[aria-label='What grading found']").text
    assert "Automatic part: 10 of 10" in found
    assert "not verified" in found and "baseline: 50 epochs" in found
    assert "No work that is alike stands out" in found
    browser.save_screenshot(str(pictures / "desk_top.png"))

    words = "Which of the samples can be read?"
    score = wait.until(expected.element_to_be_clickable((By.ID, "q1b")))
    scroll_to(browser, score)
    score.send_keys("0.5\t")
    browser.find_element(By.ID, "q1b-comment").send_keys(f"{words}\t")
    wait.until(lambda _: marked_by_hand(desk, "q1b") == ([(0.5,)], [(words,)]))
    browser.execute_script("arguments[0].scrollIntoView({block: 'start'})", score)
    browser.execute_script("window.scrollBy(0, -220)")
    browser.save_screenshot(str(pictures / "desk_free_text.png"))
    assert float(export(desk.root)["right"]["score"]) == 10.5


def test_feedback_from_the_page_reads_well_everywhere(desk, browser, pictures):
    browser.get(f"{desk.url}/formgrader/manage_submissions/{NAME}?token={desk.token}")
    row(browser, "right").find_element(By.CSS_SELECTOR, "td.generate-feedback a").click()
    wait_for_success(browser)
    page = desk.root / "feedback" / "right" / NAME / f"{NAME}.html"
    assert "Which of the samples can be read?" in page.read_text()
    browser.get(page.as_uri())
    assert browser.find_element(By.TAG_NAME, "h1").text == f"Feedback on {NAME}"
    assert "10.5 of 25 marks" in browser.find_element(By.TAG_NAME, "header").text
    require_accessible(browser)
    browser.save_screenshot(str(pictures / "feedback.png"))
    with seen_on(browser, width=390, height=800):
        require_accessible(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
        browser.save_screenshot(str(pictures / "feedback_phone.png"))
    with seen_on(browser, "prefers-color-scheme", "dark"):
        require_accessible(browser)
        browser.save_screenshot(str(pictures / "feedback_dark.png"))
    with seen_on(browser, media="print"):
        browser.save_screenshot(str(pictures / "feedback_print.png"))


def test_the_report_reads_well_everywhere(desk, browser, pictures):
    browser.get(write_report(Assignment.find(NAME), class_folder(desk), data=None).as_uri())
    require_accessible(browser)
    with seen_on(browser, width=1280, height=2400):
        browser.save_screenshot(str(pictures / "report.png"))
    with seen_on(browser, "prefers-color-scheme", "dark"):
        require_accessible(browser)
    with seen_on(browser, width=390, height=800):
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


def test_a_student_runs_a_notebook_and_validates_it(desk, browser, pictures):
    browser.get(f"{desk.url}/lab/tree/student/{STUDENTS}.ipynb?token={desk.token}")
    wait = WebDriverWait(browser, 300)
    wait.until(expected.presence_of_element_located((By.CSS_SELECTOR, ".jp-Notebook .jp-CodeCell")))
    wait.until(expected.element_to_be_clickable((By.XPATH, "//div[text()='Run']"))).click()
    run_all = (By.CSS_SELECTOR, "li[data-command='runmenu:run-all']")
    wait.until(expected.element_to_be_clickable(run_all)).click()
    # What a cell prints is put onto the page anew with every line.
    moving = WebDriverWait(
        browser, 300, 0.1, [NoSuchElementException, StaleElementReferenceException]
    )
    bar = (By.XPATH, "//pre[contains(., '1/1 ━')]")
    moving.until(lambda _: scroll_to(browser, browser.find_element(*bar)))
    browser.save_screenshot(str(pictures / "student_training.png"))
    recorded = (By.XPATH, "//pre[contains(., 'Recorded for animation')]")
    wait.until(expected.presence_of_element_located(recorded))
    wait.until_not(
        expected.presence_of_element_located((By.XPATH, "//*[text()='[*]:' and @class]"))
    )
    errors = "[data-mime-type='application/vnd.jupyter.error']"
    assert not browser.find_elements(By.CSS_SELECTOR, errors)
    browser.find_element(By.XPATH, "//*[contains(@class, 'validate-button')]").click()
    said = wait.until(expected.visibility_of_element_located((By.CSS_SELECTOR, ".jp-Dialog")))
    wait.until(lambda _: "passes all the tests" in said.text or "FAILED" in said.text)
    browser.save_screenshot(str(pictures / "student_validated.png"))
    assert "Success! Your notebook passes all the tests." in said.text


def scroll_to(browser: WebDriver, element: WebElement) -> bool:
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    return True


def answered(name: str, target: Path) -> None:
    """Write a release with the course's own answers in it, as a student has it."""
    notebook = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    answers = {cell.id: cell.source for cell in Assignment.find(name).source.cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.id]
    target.parent.mkdir()
    nbformat.write(notebook, target)


def class_folder(desk: Desk) -> ClassFolder:
    return ClassFolder(desk.root, desk.root / "evidence")


def marked_by_hand(desk: Desk, question: str) -> tuple[list, list]:
    """Return the marks and the comments that a person has given to an answer."""
    with sqlite3.connect(desk.root / "gradebook.db") as database:
        scores, comments = (
            database.execute(
                f"""SELECT {column} FROM {table} JOIN base_cell ON base_cell.id = cell_id
                WHERE name = ? AND {column} IS NOT NULL""",
                (question,),
            ).fetchall()
            for table, column in (("grade", "manual_score"), ("comment", "manual_comment"))
        )
    return scores, comments


def require_accessible(browser: WebDriver) -> None:
    """Fail where axe-core finds anything serious, and where headings skip a level."""
    found = Axe().run(browser)["violations"]
    told = [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:200]})"
        for one in found
        if one["impact"] in ("serious", "critical") or one["id"] == "heading-order"
    ]
    assert not told, "\n".join(told)


@contextmanager
def seen_on(
    browser: WebDriver, feature: str = "", value: str = "", *, media: str = "", **size: int
) -> Iterator[None]:
    """Look at a page on another screen, in other colours, or on paper."""
    features = [{"name": feature, "value": value}] if feature else []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    if size:
        metrics = {"deviceScaleFactor": 1, "mobile": size["width"] < 500, **size}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def row(browser: WebDriver, student: str):
    """Return the row of a student on the page of submissions."""
    wanted = (
        By.XPATH,
        f"//tr[td[contains(@class, 'student-id')][normalize-space() = '{student}']]",
    )
    return WebDriverWait(browser, 60).until(expected.presence_of_element_located(wanted))


def press_autograde(browser: WebDriver, student: str, pictures: Path) -> None:
    """Press the button in a student's row, and wait for the dialogue that tells the end."""
    row(browser, student).find_element(By.CSS_SELECTOR, "td.autograde a").click()
    wait_for_success(browser)
    browser.save_screenshot(str(pictures / f"autograded_{student}.png"))


def wait_for_success(browser: WebDriver) -> None:
    """Wait for the dialogue that tells the end of what a button has started."""
    title = (By.CSS_SELECTOR, ".modal-title")
    WebDriverWait(browser, 400).until(expected.visibility_of_element_located(title))
    time.sleep(0.5)  # the dialogue fades in
    assert browser.find_element(*title).text == "Success", browser.find_element(
        By.CSS_SELECTOR, ".modal-body"
    ).text
