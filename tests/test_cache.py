"""Results are kept for as long as nothing that they follow from has changed."""

from __future__ import annotations

import json

from autograder.cache import fingerprint, load, store


def test_a_result_holds_for_its_basis_alone(tmp_path):
    path = tmp_path / "result.json"
    assert load(path, "a") is None
    store(path, "a", [1, {"b": None}])
    assert load(path, "a") == [1, {"b": None}]
    assert load(path, "b") is None
    store(path, "b", 2)
    assert (load(path, "a"), load(path, "b")) == (None, 2)
    assert list(tmp_path.iterdir()) == [path], "nothing half-written stays"


def test_a_file_of_an_older_form_counts_as_none(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"params": 3}))
    assert load(path, "a") is None


def test_digests_tell_changes_apart(tmp_path):
    path = tmp_path / "code.py"
    seen = [fingerprint([path], ())]
    for text in ("a = 1", "a = 2", ""):
        path.write_text(text)
        seen.append(fingerprint([path], ()))
    seen += [fingerprint([path], ("numpy",)), fingerprint([path], (), "more"), fingerprint([], ())]
    assert len(set(seen)) == len(seen)
    path.write_text("a = 1")
    assert fingerprint([path], ()) == seen[1]
