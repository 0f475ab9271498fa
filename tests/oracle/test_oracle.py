"""Our graph says what SQLAlchemy says, of our fixtures, of SQLAlchemy's examples and of real packages.

Nothing is installed into the environment of the tests, and nothing of the programs is imported into this process.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from oracle import explained, prepare, programs
from oracle.agreement import Agreement, brief, table, total
from oracle.compare import agreements
from oracle.programs import PACKAGES, Program

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="programs are imported in forked processes")

T = TypeVar("T")

AT_LEAST = 0.99
ASSERTED = ("models", "tables", "columns", "foreign keys", "relationships", "directions", "lazy")
"""Kinds of fact of which precision and recall must be AT_LEAST, in each package and in all programs together."""


def had(get: Callable[[], T]) -> T:
    """What `get` brings; without packages the test is skipped and says so aloud, and fails where CI runs it."""
    if sys.version_info < (3, 11):
        pytest.skip("the pinned packages need Python 3.11")
    try:
        return get()
    except prepare.NotAvailable as error:
        if os.environ.get("CI") == "true":
            raise
        warnings.warn(f"THE ORACLE DID NOT RUN: its packages cannot be had: {error}", stacklevel=2)
        pytest.skip("the packages cannot be had")


def complaints(names: Iterable[str], compared: Iterable[Agreement]) -> list[str]:
    """A line for each disagreement that nothing explains, and for each explanation that nothing needs."""
    found = [each for agreement in compared for each in agreement.disagreements]
    unexplained, idle = explained.judge(names, found)
    lines = [f"{each.program}: {each}" for each in brief(unexplained)]
    return lines + [f"{each.program}: {each.name}: explained, but there is no disagreement" for each in idle]


@pytest.mark.parametrize("program", programs.fixtures(), ids=lambda each: each.name)
def test_a_fixture_is_known_as_sqlalchemy_knows_it(program: Program) -> None:
    ((agreement, answer),) = had(lambda: agreements([program]))
    assert not answer["failed"], "the fixture cannot be imported"
    assert not answer.get("unconfigured"), "SQLAlchemy refuses the fixture"
    assert answer["models"] or answer["tables"]
    wrong = complaints([program.name], [agreement])
    assert not wrong, "\n" + "\n".join(wrong)


def test_real_programs_are_known_as_sqlalchemy_knows_them() -> None:
    wanted = had(lambda: [*prepare.examples(), *map(prepare.package, PACKAGES)])
    compared = had(lambda: [agreement for agreement, _ in agreements(wanted)])
    wrong = complaints([each.name for each in wanted], compared)
    parts = {each.program: [each] for each in compared if each.program in PACKAGES}
    parts["together"] = compared
    for name, members in parts.items():
        scores = total(members)
        print(f"\n== {name}", *table(scores), sep="\n")
        for kind in ASSERTED:
            for what, share in (("precision", scores[kind].precision), ("recall", scores[kind].recall)):
                if share < AT_LEAST:
                    wrong.append(f"{name}: {what} of {kind} is {share:.1%}")
    assert not wrong, "\n" + "\n".join(wrong)


def test_every_explanation_is_of_a_program_that_is_compared() -> None:
    known = {each.name for each in programs.fixtures()} | set(PACKAGES)
    strange = [each.program for each in explained.load() if each.program not in known]
    assert all(each.startswith("examples/") for each in strange)
