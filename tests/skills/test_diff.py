"""What is different between two versions."""

from __future__ import annotations

import time

from flowforge.skills.diff import COMPARED_LINES_MAX, LINES_MAX, diff_trees


def test_files_that_came_went_and_changed_are_listed_with_their_lines():
    before = {"SKILL.md": b"one\ntwo\n", "old": b"x", "same": b"s", "logo": b"\xff1"}
    after = {"SKILL.md": b"one\n2\n", "new": b"y", "same": b"s", "logo": b"\xff2"}

    found = {one.path: (one.change, one.lines) for one in diff_trees(before, after)}
    assert found == {
        "SKILL.md": ("changed", "--- a/SKILL.md\n+++ b/SKILL.md\n@@ -1,2 +1,2 @@\n one\n-two\n+2"),
        "logo": ("changed", None),
        "new": ("added", "--- a/new\n+++ b/new\n@@ -0,0 +1 @@\n+y"),
        "old": ("removed", "--- a/old\n+++ b/old\n@@ -1 +0,0 @@\n-x"),
    }


def test_a_file_of_very_many_lines_is_not_compared_line_by_line():
    large = b"a\n" * COMPARED_LINES_MAX
    begun = time.process_time()

    (one,) = diff_trees({"x": large}, {"x": large + b"b\n"})
    assert (one.lines, time.process_time() - begun < 0.5) == (None, True)
    (cut,) = diff_trees({}, {"x": b"".join(b"%d\n" % number for number in range(LINES_MAX + 10))})
    assert cut.cut and cut.lines is not None and cut.lines.count("\n") == LINES_MAX - 1
