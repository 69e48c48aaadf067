"""Work that is alike is found, with what is alike; what the task makes alike is not pointed out."""

from __future__ import annotations

import pytest

from autograder.reports.similarity import Answers, find_similarities

CODE = """
def display_key_epochs():
    \"\"\"Show them.\"\"\"
    for number in (10, 20, 30, 40, 50):
        picture = display_image(number)
        # bigger, to see more
        wide = picture.resize((2 * picture.width, 2 * picture.height))
        print("after", number, "epochs of", EPOCHS)
        display(wide)


display_key_epochs()
"""
RENAMED = CODE.replace("number", "n").replace("picture", "p").replace("wide", "big")
REFORMATTED = CODE.replace("# bigger, to see more", "").replace('"', "'").replace("'''", '"""')
OTHERS = {f"other{number}": CODE.replace("print(", f"print({number}, ") for number in range(6)}
WORDS = (
    "The samples of the second model are sharper because it took four times as many steps, and "
    "each of them was ten times as long as in the baseline."
)


def alike(
    manual: bool = False, *, stub: str = "", model: str = "", **texts: str
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    groups = find_similarities([Answers("Question 1", manual, texts, stub, model)], {})
    return [(group.students, group.phrases) for group in groups]


@pytest.mark.parametrize(
    ("copy", "phrase"),
    [
        (CODE, "the same code, letter by letter"),
        (REFORMATTED, "the same code"),
        (RENAMED, "the same code but for the names in it"),
    ],
)
def test_copied_code_is_found_however_it_was_dressed(copy, phrase):
    groups = alike(ada=CODE, bob=copy, **OTHERS)
    assert groups == [(("ada", "bob"), (f"Question 1: {phrase}",))]


def test_other_code_is_not_alike():
    assert alike(**OTHERS) == []
    swapped = CODE.replace("display(wide)", "display(picture)")
    assert alike(ada=CODE, bob=swapped, **OTHERS) == []


def test_names_of_the_course_are_not_renamed():
    assert alike(ada=CODE, bob=CODE.replace("EPOCHS", "lr"), **OTHERS) == []


def test_short_code_and_what_was_handed_out_are_not_pointed_out():
    assert alike(ada="lr = 0.001", bob="lr = 0.001", **OTHERS) == []
    assert alike(ada=CODE, bob=CODE, stub=REFORMATTED, **OTHERS) == []


def test_what_much_of_a_class_has_is_not_pointed_out():
    many = {f"many{number}": CODE for number in range(5)}
    assert alike(**many, **OTHERS) == []


def test_the_model_answer_counts_only_where_it_was_copied_letter_by_letter():
    assert alike(ada=CODE, bob=RENAMED, model=CODE, **OTHERS) == []
    ((_, phrases),) = alike(ada=CODE, bob=CODE, model=CODE, **OTHERS)
    assert phrases == ("Question 1: the same code, letter by letter, and that of the model answer",)


def test_code_that_is_no_python_is_compared_by_its_words():
    magic = "%%time\n" + CODE
    ((students, _),) = alike(ada=magic, bob=magic + "\n\n", **OTHERS)
    assert students == ("ada", "bob")


def test_answers_in_words_are_compared_loosely():
    texts = {f"other{number}": f"{'even ' * number}{number} steps " * 15 for number in range(6)}
    (same,) = alike(True, ada=WORDS, bob=WORDS.upper().replace(",", " -"), **texts)
    assert same == (("ada", "bob"), ("Question 1: the same words",))
    (near,) = alike(True, ada=WORDS, bob=WORDS.replace("sharper", "much better"), **texts)
    assert near == (("ada", "bob"), ("Question 1: nearly the same words",))
    assert alike(True, ada="Yes, it did.", bob="Yes, it did.") == []
    assert alike(True, ada=WORDS, bob=WORDS, stub=WORDS) == []


def test_generated_things_and_everything_that_a_group_shares():
    fingerprints = {
        "ada": {"baseline: the very same samples": "1", "Question 1: the very same pictures": "a"},
        "bob": {"baseline: the very same samples": "1", "Question 1: the very same pictures": "a"},
        "eve": {"baseline: the very same samples": "2"},
    }
    answers = Answers("Question 2", False, {"ada": CODE, "bob": CODE})
    (group,) = find_similarities([answers], fingerprints)
    assert group.students == ("ada", "bob")
    assert group.sentence_for("bob") == (
        "Like ada: Question 2: the same code, letter by letter; baseline: the very same samples; "
        "Question 1: the very same pictures."
    )


@pytest.mark.parametrize("code", ["(" * 5000, "-" * 50_000 + "1", "x = 1\n" * 30_000, "\0" * 200])
def test_code_made_to_hurt_is_only_text(code):
    assert len(alike(ada=code, bob=code)) <= 1
