"""A key's line in a TOML text."""

from __future__ import annotations

import pytest
from sqlassay.config.locate import line_of

TEXT = '''\
# [tool.sqlassay]
[project]
name = "x = 1 [tool.sqlassay]"
desc = """
[tool.sqlassay]
select = ["a"]
"""
rows = [
  ["a", "b"],
  [["c"], "d"]
]
literal = \'\'\'
[tool.sqlassay]
\'\'\'
[tool . "sqlassay"]
select = [
  "ALC601", # "nope"
  "nope",
]
severities = { "n-plus-one" = "error", b.c = "bad" }
dialect = "x"

[[tool.other]]
select = 1
[[tool.other]]
[tool.sqlassay.per-file-ignores]
"tests/*.py" = ["x"]
\'docs/*.py\' = ["y"]
'''


@pytest.mark.parametrize(
    ("keys", "element", "line"),
    [
        ("project", None, 2),
        ("project rows", None, 8),
        ("tool sqlassay", None, 15),
        ("tool sqlassay select", None, 16),
        ("tool sqlassay select", "ALC601", 17),
        ("tool sqlassay select", "nope", 18),
        ("tool sqlassay severities n-plus-one", None, 20),
        ("tool sqlassay severities b c", None, 20),
        ("tool sqlassay dialect", None, 21),
        ("tool other select", None, 24),
        ("tool sqlassay per-file-ignores tests/*.py", "x", 27),
        ("tool sqlassay per-file-ignores docs/*.py", None, 28),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_of_a_key(keys: str, element: str | None, line: int, newline: str) -> None:
    assert line_of(TEXT.replace("\n", newline), keys.split(), element) == line


def test_a_key_that_is_not_there_gives_the_nearest_above_it() -> None:
    assert line_of(TEXT, ("tool", "sqlassay", "missing")) == 15
    assert line_of(TEXT, ("missing",)) == 1
