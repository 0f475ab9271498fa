"""Compares our graph with SQLAlchemy's own: `python -m tests.oracle.compare optuna examples fixtures/mixins`.

See README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from . import prepare, programs
from .agreement import Agreement, brief, compare, table, total
from .facts import facts_of
from .ours import our_facts
from .programs import PACKAGES, Program


def agreements(wanted: Iterable[Program]) -> list[tuple[Agreement, dict[str, Any]]]:
    """Compare programs; beside each, SQLAlchemy's answer."""
    wanted = list(wanted)
    answers = prepare.ask(wanted)
    return [(agreement(each, answers[each.name]), answers[each.name]) for each in wanted]


def agreement(program: Program, answer: dict[str, Any]) -> Agreement:
    """Compare one program. Modules that could not be imported are left out on both sides."""
    imported = frozenset(answer["imported"])
    models = [each for each in answer["models"] if each["module"] in imported]
    return compare(program.name, facts_of(models, answer["tables"]), our_facts(program, imported))


def named(names: Iterable[str]) -> list[Program]:
    """The programs of a command line: packages, groups, `fixtures/mixins`."""
    found: list[Program] = []
    for name in names:
        head, _, tail = name.partition("/")
        if name in PACKAGES:
            found.append(prepare.package(name))
        elif head == "examples":
            found.extend(each for each in prepare.examples() if not tail or each.name == name)
        elif head == "fixtures":
            found.extend(each for each in programs.fixtures() if not tail or each.name == tail)
        else:
            raise SystemExit(f"no such program: {name} (there are fixtures, examples, {', '.join(PACKAGES)})")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Print the tables and the disagreements of the programs named."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.compare", description=__doc__)
    parser.add_argument("programs", nargs="*", default=["fixtures", "examples", *PACKAGES])
    parser.add_argument("--kind", action="append", help="list only disagreements of this kind")
    parser.add_argument("--all", action="store_true", help="list also what follows from another disagreement")
    parser.add_argument("--each", action="store_true", help="a table for each program, not for each group only")
    options = parser.parse_args(arguments)
    wanted = named(options.programs)
    compared = agreements(wanted)
    for program, (found, answer) in zip(wanted, compared, strict=True):
        _show(program, found, answer, options)
    groups: dict[str, list[Agreement]] = {}
    for program, (found, _) in zip(wanted, compared, strict=True):
        groups.setdefault(_group(program), []).append(found)
    for group, members in groups.items():
        print(f"\n== {group}{f' ({len(members)} programs)' if len(members) > 1 else ''}")
        print("\n".join(table(total(members))))
    if len(groups) > 1:
        print("\n== together")
        print("\n".join(table(total(each for members in groups.values() for each in members))))


def _group(program: Program) -> str:
    return program.name if program.group == "packages" else program.group


def _show(program: Program, found: Agreement, answer: dict[str, Any], options: argparse.Namespace) -> None:
    listed = list(found.disagreements if options.all else brief(found.disagreements))
    listed = [each for each in listed if not options.kind or each.kind in options.kind]
    notes = [f"not importable: {name}: {reason}" for name, reason in sorted(answer["failed"].items())]
    notes += [f"not configured: {each}" for each in answer.get("unconfigured", [])]
    if listed or notes or options.each:
        print(f"\n-- {program.name}")
    for line in (*notes, *map(str, listed)):
        print(f"   {line}")
    if options.each:
        print("\n".join(table(found.scores)))


if __name__ == "__main__":
    main(sys.argv[1:])
