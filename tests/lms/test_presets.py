"""The LMSs as data: whatever stands in presets.toml can be used."""

from __future__ import annotations

import re
import string

import msgspec
import pytest

from autograder.lms.presets import ROSTER_RULES, SYSTEMS, Layout, system_named


@pytest.mark.parametrize("name", SYSTEMS)
def test_forms_of_file_names_are_complete(name):
    lms = system_named(name)
    assert bool(lms.names) == bool(lms.layouts) == (lms.student_id != "folder")
    for form in lms.names:
        groups = set(re.compile(form.pattern).groupindex)
        fields = {field for _, field, _, _ in string.Formatter().parse(form.time) if field}
        assert {"name", "number"} <= groups and fields <= groups
        assert bool(form.time) == bool(form.time_format)
        assert groups <= {"name", "number", "file", "late", "upload"} | fields
    for refused in lms.refused:
        assert re.compile(refused.pattern) and refused.reason.endswith(".")


@pytest.mark.parametrize("name", SYSTEMS)
def test_layouts_of_imports_are_complete(name):
    for layout in system_named(name).layouts:
        copying = (layout.copied, layout.copied_through, layout.by_meaning)
        assert sum(map(bool, copying)) == 1
        assert set(layout.by_meaning) <= set(ROSTER_RULES.columns)
        assert set(layout.keys) <= set(layout.copied)
        # A layout that not every roster fits says so, or leaves the roster to the next one.
        assert layout.refusal.endswith(".") or layout is not system_named(name).layouts[-1]


def test_a_misspelled_field_is_an_error():
    with pytest.raises(msgspec.ValidationError, match="requried"):
        msgspec.convert({"requried": []}, Layout)
    with pytest.raises(ValueError, match="no LMS 'blackboard'; choose one of: brightspace, "):
        system_named("blackboard")
