"""Speed and memory beside a peer: the same files, the same machine, the same run.

The peer is sqlalchemy-lsp 0.2.4, a language server in Rust; the project is Apache Superset 6.1.0. Both come from PyPI
into a folder for temporary files, outside the checkout: the peer passes over what git ignores. Prints one table; what
counts is the ratio.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from lsp_client import Client

WORK = Path(tempfile.gettempdir()) / "sqlassay-bench"
PEER = "sqlalchemy-lsp==0.2.4"
PROJECT = "apache-superset==6.1.0"

SMALL = "superset/tasks/scheduler.py"
"""458 lines, with queries."""

LARGE_PARTS = ("superset/models/helpers.py", "superset/connectors/sqla/models.py")
"""Models and queries; put together and cut at 5,000 lines."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold checks of each tool (default 5)")
    parser.add_argument("--keys", type=int, default=60, help="keystrokes in each module (default 60)")
    options = parser.parse_args()
    # Ours has its modules compiled when it is installed; a checkout has them after the first round.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    project, peer = prepare()
    ours = [sys.executable, "-m", "sqlassay"]
    rows: list[tuple[str, float, float, str]] = []

    def check(command: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    mine, theirs = best_of(
        options.rounds, check([*ours, "check", "--output-format", "json", "."]), check([peer, "check", "."])
    )
    rows.append(("cold check of Superset, s", mine, theirs, "4.0"))
    small, large = project / SMALL, project / "superset" / "bench_large.py"
    clients = {"ours": Client([*ours, "server", "--stdio"], project), "peer": Client([peer, "lsp"], project)}
    for client in clients.values():
        client.start()
    for name, path, limit in (("450-line module", small, "4.0"), ("5,000-line module", large, "2.0")):
        found = {who: keystrokes(client, path, options.keys) for who, client in clients.items()}
        rows.append((f"keystroke to diagnostics, {name}, ms", found["ours"] * 1000, found["peer"] * 1000, limit))
    rows.append(
        ("server with Superset indexed, MB", clients["ours"].memory() / 1e6, clients["peer"].memory() / 1e6, "-")
    )
    for client in clients.values():
        client.stop()
    print(f"\n{'':48} {'sqlassay':>10} {'peer':>10} {'ratio':>7} {'limit':>6}")
    for name, mine, theirs, limit in rows:
        print(f"{name:48} {mine:10.2f} {theirs:10.2f} {mine / theirs:7.2f} {limit:>6}")


def prepare() -> tuple[Path, str]:
    """The unpacked project and the peer's command."""
    venv = WORK / "peer"
    peer = venv / "bin" / "sqlalchemy-lsp"
    if not peer.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", PEER], check=True)
    return superset(), str(peer)


def superset() -> Path:
    """The unpacked project."""
    project = WORK / "superset"
    if not project.exists():
        wheels = WORK / "wheels"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", wheels, PROJECT],
            check=True,
        )
        partial = WORK / "superset.partial"
        shutil.rmtree(partial, ignore_errors=True)
        for wheel in wheels.glob("apache_superset-*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(partial)
        lines = [line for part in LARGE_PARTS for line in (partial / part).read_text().splitlines()]
        (partial / "superset" / "bench_large.py").write_text("\n".join(lines[:5000]) + "\n")
        partial.rename(project)
    return project


def best_of(rounds: int, mine: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """The best time of each, taken in turns so that a busy machine hits both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for index, run in enumerate((mine, theirs)):
            started = time.perf_counter()
            run()
            times[index].append(time.perf_counter() - started)
    return min(times[0]), min(times[1])


def keystrokes(client: Client, path: Path, count: int) -> float:
    """The median time from a letter typed inside a function to the diagnostics of that text."""
    uri = client.open(path)
    lines = path.read_text().splitlines()
    line = next(i for i in range(len(lines) // 2, len(lines)) if lines[i].startswith("        ") and " = " in lines[i])
    character = len(lines[line])
    times = []
    for key in range(count):
        times.append(client.keystroke(uri, 2 + 2 * key, line, character, "x"))
        times.append(client.keystroke(uri, 3 + 2 * key, line, character, "", removed=1))
    return statistics.median(times[4:])


if __name__ == "__main__":
    main()
