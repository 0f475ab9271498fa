"""Hours of a scripted person in front of the real server: what it finds stays right, and its memory stays bounded.

The person works on a copy of a project as in VS Code: types, undoes, saves, asks, takes fixes, renames and moves
files, switches branches. At every pause the findings that the editor shows are compared, word for word, with those of
a fresh `sqlassay check` of the same texts. What the seed draws decides what the person does; `acts.jsonl` in the
working folder records every move, and `soak_replay.py` reduces it to the moves that matter. Linux tells of memory.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from soaking.desk import Desk
from soaking.editor import Editor, memory
from soaking.folder import Folder
from soaking.fresh import Check, Difference
from soaking.person import Person

BETWEEN_PAUSES = (90.0, 240.0)
"""The person's seconds from one pause to the next."""

WHOLE = 5
"""Each so many pauses the whole project is checked, else the open files."""

COUNTED = ("edits", "saves", "undos", "renames", "files moved", "files made", "files deleted", "branch switches")


@dataclass
class Outcome:
    """What became of a session."""

    seconds: float = 0.0
    own: float = 0.0
    """The person's own seconds."""
    waited: float = 0.0
    """Seconds for checks to come to an end, and for the server to be idle at pauses."""
    acts: Counter[str] = field(default_factory=Counter)
    pauses: int = 0
    memory: list[int] = field(default_factory=list)
    """Bytes: after the first index, at each pause, and with nothing open any more."""
    errors: list[str] = field(default_factory=list)
    differences: dict[tuple[object, ...], Difference] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=Path("examples/shop"), help="the folder to copy and work on")
    parser.add_argument("--minutes", type=float, default=120, help="how long, in the person's minutes (default 120)")
    parser.add_argument("--acts", type=int, help="how many things to do at most")
    parser.add_argument("--speed", type=float, default=10, help="times the speed of people (default 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--select", default="", help='rules, as "ALL" or "n-plus-one,is-comparison"')
    parser.add_argument("--push", action="store_true", help="an editor that does not ask for diagnostics")
    parser.add_argument("--work", type=Path, help="working folder, which is kept (default: a temporary one)")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="sqlassay-soak-"))
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    outcome = soak(options, work.resolve())
    show(options, outcome)
    failed = bool(outcome.errors or outcome.differences)
    if options.work is None and not failed:
        shutil.rmtree(work)
    else:
        print(f"kept: {work}")
    return int(failed)


def soak(options: argparse.Namespace, work: Path) -> Outcome:
    """One session, from the first index to the end."""
    names = ", ".join(f'"{each}"' for each in options.select.split(",") if each)
    folder = Folder(options.project.resolve(), work, f"select = [{names}]\n" if names else "")
    draw = random.Random(options.seed)
    editor = Editor(folder.live, work / "cache", pull=not options.push)
    desk = Desk(editor, folder, draw, work / "acts.jsonl", options.speed)
    person = Person(desk, draw)
    person.prepare_branches()
    out = Outcome()
    started = time.monotonic()
    editor.start()
    editor.settle()
    out.memory.append(memory(editor.process.pid))
    try:
        work_on(options, person, out)
        for doc in list(desk.docs.values()):
            desk.close(doc)
        editor.settle()
        out.memory.append(memory(editor.process.pid))
    except (OSError, TimeoutError) as error:
        out.errors.append(f"the session broke off at act {desk.act}: {error!r}")
    code = editor.stop()
    if code != 0:
        out.errors.append(f"the server ended with {code}")
    out.seconds = time.monotonic() - started
    out.own = desk.clock
    out.acts.update(desk.counts)
    out.errors += editor.errors
    return out


def work_on(options: argparse.Namespace, person: Person, out: Outcome) -> None:
    desk, check = person.desk, None
    next_pause = 0.0
    while desk.clock < options.minutes * 60 and (options.acts is None or desk.act < options.acts):
        out.acts[person.step()] += 1
        if desk.clock < next_pause:
            continue
        next_pause = desk.clock + person.draw.uniform(*BETWEEN_PAUSES)
        paused = time.monotonic()
        compare(check, out)
        check = pause(desk, out)
        out.waited += time.monotonic() - paused
    compare(check, out)
    compare(pause(desk, out), out)


def pause(desk: Desk, out: Outcome) -> Check | None:
    """The person rests; what the editor shows then is what counts. None where the server is not done even then."""
    if not desk.editor.settle():
        return None
    desk.note("pause")
    out.pauses += 1
    out.memory.append(memory(desk.editor.process.pid))
    return Check(desk, whole=out.pauses % WHOLE == 0)


def compare(check: Check | None, out: Outcome) -> None:
    """Take note of what differs, each thing once: it may stay so for long."""
    try:
        found = check.differences() if check is not None else []
    except RuntimeError as error:
        out.errors.append(str(error))
        return
    for each in found:
        key = (each.path, each.shown, each.finding[:3], each.finding[4])
        if key not in out.differences:
            out.differences[key] = each
            print(f"after act {each.act}: {'shown' if each.shown else 'missing'}: {each.path}: {each.finding}")
            sys.stdout.flush()


def show(options: argparse.Namespace, outcome: Outcome) -> None:
    """The session in one table."""
    megabytes = [f"{each / 1e6:.0f}" for each in outcome.memory]
    middle = megabytes[1:-1]
    sampled = middle[:: max(1, len(middle) // 12)]
    rows = {
        "project": options.project.resolve().name,
        "seed": " ".join(filter(None, [str(options.seed), "pushed" * options.push, options.select])),
        "wall time, s": f"{outcome.seconds:.0f} ({outcome.waited:.0f} at pauses) for {outcome.own / 60:.0f} minutes",
        **{each: outcome.acts[each] for each in COUNTED},
        "questions, fixes": f"{outcome.acts['questions']}, {outcome.acts['fixes']}",
        "pauses compared": outcome.pauses,
        "memory, MB": f"{megabytes[0]} indexed, {megabytes[-1]} at the end, {max(map(int, megabytes))} at most",
        "memory on the way, MB": " ".join(sampled),
        "errors": len(outcome.errors),
        "differences": len(outcome.differences),
    }
    print()
    for name, value in rows.items():
        print(f"{name:24}{value}")
    for error, count in Counter(outcome.errors).most_common(20):
        print(f"error ({count} times): {error}")


if __name__ == "__main__":
    sys.exit(main())
