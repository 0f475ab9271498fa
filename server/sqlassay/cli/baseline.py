"""A baseline: the findings that a project knows of, so that only new ones count.

Each is known by its file, its code and its line's text, not by its line number: code that moves stays known.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sqlassay.cli.exits import Failure
from sqlassay.cli.outcome import Entry
from sqlassay.cli.writing import write_atomically

_VERSION = 1

Key = tuple[str, str, str]
"""Path from the baseline's folder (with `/`), rule code, hash of the line's text."""


class Compared(Struct, frozen=True):
    """`new`: not in the baseline. `known`: how many are. `fixed`: how many of the baseline are found no more."""

    new: list[Entry]
    known: int
    fixed: int


def key_of(entry: Entry, folder: str) -> Key:
    """How the baseline in `folder` knows a finding."""
    text = entry.spot.line_text().strip()
    return (
        relative(entry.finding.path, folder),
        entry.finding.code,
        hashlib.blake2b(text.encode("utf-8"), digest_size=8).hexdigest(),
    )


def relative(path: str, folder: str) -> str:
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def write(path: str, entries: Iterable[Entry]) -> int:
    """Write the baseline of these findings and give their number; raises Failure."""
    folder = os.path.dirname(os.path.abspath(path))
    counts = Counter(key_of(entry, folder) for entry in entries)
    tree: dict[str, dict[str, dict[str, int]]] = {}
    for (file, code, line), count in sorted(counts.items()):
        tree.setdefault(file, {}).setdefault(code, {})[line] = count
    text = json.dumps({"version": _VERSION, "findings": tree}, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8"))
    return sum(counts.values())


def read(path: str) -> Counter[Key]:
    """How often the baseline knows each finding; raises Failure."""
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read().decode("utf-8-sig"))
        if document["version"] != _VERSION:
            raise Failure(f"{path}: a baseline of another version; write it anew with --write-baseline {path}")
        counts: Counter[Key] = Counter()
        for file_path, codes in document["findings"].items():
            for code, lines in codes.items():
                for line, count in lines.items():
                    counts[file_path, code, line] = int(count)
    except FileNotFoundError:
        raise Failure(f"{path}: no such baseline; write one with --write-baseline {path}") from None
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Failure(f"{path}: not a baseline; write it anew with --write-baseline {path}") from None
    return counts


def compare(path: str, entries: Iterable[Entry], enabled: Mapping[str, frozenset[str]]) -> Compared:
    """Tell new findings from known ones.

    `enabled`: the codes that were looked for, by the absolute path of each file that was checked. What the baseline
    says of other files and rules is neither known nor fixed. Raises Failure.
    """
    folder = os.path.dirname(os.path.abspath(path))
    left = read(path)
    new: list[Entry] = []
    known = 0
    for entry in entries:
        key = key_of(entry, folder)
        if left[key] > 0:
            left[key] -= 1
            known += 1
        else:
            new.append(entry)
    looked_for = {relative(file, folder): codes for file, codes in enabled.items()}
    fixed = 0
    for (file, code, _), count in left.items():
        codes = looked_for.get(file)
        gone = codes is None and not os.path.exists(os.path.join(folder, file))
        fixed += count if gone or (codes is not None and code in codes) else 0
    return Compared(new, known, fixed)
