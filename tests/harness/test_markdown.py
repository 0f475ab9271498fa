"""How Markdown becomes cases, and what is refused."""

from __future__ import annotations

from textwrap import dedent

import pytest

from harness import cases, markdown
from harness.cases import Expected
from harness.markdown import MarkdownError

RULE = """\
# a-rule

`models.py`:

```python prelude
class User: ...
```

```toml
prose = "not a file"
```

## Flags

```python
one()  # expect: ALC999
```

```python
two()  # expect: a-rule [in a [loop]], ALC998
```

### With a configuration

`sqlassay.toml`:

```toml
dialect = "mysql"
```

```python
three()
```

## Across files

### Two

Some words.

`service.py`:
```python
a()
```

`repository.py`:
```python
b()
```

## Fix

### Adds the option (unsafe)

```python
before()
```

becomes:

```python
after()
```

A comment would be lost.

```python
refused()
```

becomes: unchanged
"""


def read(text: str) -> list[cases.Case]:
    return cases.cases(markdown.read(text), cases.SECTIONS)


def test_each_heading_with_code_is_a_case() -> None:
    found = read(RULE)
    assert [(case.name, case.line) for case in found] == [
        ("Flags", 13),
        ("Flags/With a configuration", 23),
        ("Across files/Two", 37),
        ("Fix/Adds the option (unsafe)", 53),
    ]


def test_unnamed_blocks_are_programs_of_their_own_and_share_the_prelude() -> None:
    flags = read(RULE)[0]
    assert [program.sources() for program in flags.programs] == [
        {"models.py": "class User: ...\n", "main.py": "one()  # expect: ALC999\n"},
        {"models.py": "class User: ...\n", "main.py": "two()  # expect: a-rule [in a [loop]], ALC998\n"},
    ]
    assert flags.programs[0].markdown_line("main.py", 1) == 16


def test_expectations_stand_in_their_line() -> None:
    program = read(RULE)[0].programs[1]
    assert program.expected() == [
        Expected("main.py", 1, "a-rule", "in a [loop]"),
        Expected("main.py", 1, "ALC998"),
    ]


def test_named_blocks_are_one_program() -> None:
    (program,) = read(RULE)[2].programs
    assert list(program.files) == ["models.py", "service.py", "repository.py"]


def test_configuration_belongs_to_its_case() -> None:
    found = read(RULE)
    assert found[1].programs[0].settings() == {"dialect": "mysql"}
    assert found[0].programs[0].settings() == {}


def test_a_fix_has_before_and_after_or_stays() -> None:
    first, second = read(RULE)[3].fixes
    assert first.unsafe
    assert first.after is not None
    assert first.before.files["main.py"].text == "before()\n"
    assert first.after["main.py"].text == "after()\n"
    assert second.after is None
    assert second.before.files["main.py"].text == "refused()\n"


def test_the_nearest_level_word_counts() -> None:
    text = "## Fix\n\n### One (unsafe)\n\nThis one is safe.\n\n```python\na\n```\n\nbecomes:\n\n```python\nb\n```\n"
    assert [step.unsafe for step in read(text)[0].fixes] == [False]


def test_a_fix_over_several_files() -> None:
    blocks = "`a.py`:\n\n```python\n{0}a\n```\n\n`b.py`:\n\n```python\n{0}b\n```\n\n"
    text = "## Fix\n\n### Both (safe)\n\n" + blocks.format("")
    (step,) = read(text + "becomes:\n\n" + blocks.format("new_"))[0].fixes
    assert step.before.sources() == {"a.py": "a\n", "b.py": "b\n"}
    assert step.after is not None
    assert {path: fence.text for path, fence in step.after.items()} == {"a.py": "new_a\n", "b.py": "new_b\n"}


BLOCK = "```python\na\n```\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("## Flags\n```python\na\n", 2, "never closed"),
        ("## Flagged\n", 1, "no such section: 'Flagged'"),
        (f"## Flags\n### A\n{BLOCK}### A\n{BLOCK}", 6, "two cases are called 'Flags/A'"),
        ("## Flags\n`m.py`:\n```python prelude\n```\n", 4, "a prelude stands at the top"),
        ("```python prelude\na\n```\n", 2, "name this file"),
        (f"## Flags\n`m.py`:\n{BLOCK}`m.py`:\n{BLOCK}", 8, "m.py stands twice"),
        (f"## Fix\n### A\n{BLOCK}becomes:\n{BLOCK}", 6, "safe or unsafe"),
        ("## Fix\n### A (safe)\nbecomes:\n", 3, "no code stands above"),
        (f"## Fix\n### A (safe)\n{BLOCK}becomes:\n", 6, "no code follows"),
        (f"## Fix\n### A (safe)\n{BLOCK}", 4, "never becomes anything"),
    ],
)
def test_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(MarkdownError) as raised:
        read(text)
    assert message in raised.value.message
    assert raised.value.line == line


@pytest.mark.parametrize("text", ["", "ALC601 [open", "ALC601; ALC602"])
def test_unreadable_expectations_are_refused(text: str) -> None:
    with pytest.raises(MarkdownError):
        cases.expected_items(text, 1)


def test_configuration_that_is_not_toml_is_refused() -> None:
    text = dedent("""\
        ## Flags
        `sqlassay.toml`:
        ```toml
        select = [
        ```
        ```python
        a
        ```
        """)
    with pytest.raises(MarkdownError, match=r"sqlassay\.toml is not TOML"):
        read(text)[0].programs[0].settings()
