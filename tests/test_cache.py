"""Results are kept for as long as nothing that they follow from has changed."""

from __future__ import annotations

import json

from autograder.cache import digest_of, keep, kept


def test_a_result_holds_for_its_basis_alone(tmp_path):
    path = tmp_path / "result.json"
    assert kept(path, "a") is None
    keep(path, "a", [1, {"b": None}])
    assert kept(path, "a") == [1, {"b": None}]
    assert kept(path, "b") is None
    keep(path, "b", 2)
    assert (kept(path, "a"), kept(path, "b")) == (None, 2)
    assert list(tmp_path.iterdir()) == [path], "nothing half-written stays"


def test_a_file_of_an_older_form_counts_as_none(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"params": 3}))
    assert kept(path, "a") is None


def test_digests_tell_changes_apart(tmp_path):
    path = tmp_path / "code.py"
    seen = [digest_of([path], ())]
    for text in ("a = 1", "a = 2", ""):
        path.write_text(text)
        seen.append(digest_of([path], ()))
    seen += [digest_of([path], ("numpy",)), digest_of([path], (), "more"), digest_of([], ())]
    assert len(set(seen)) == len(seen)
    path.write_text("a = 1")
    assert digest_of([path], ()) == seen[1]
