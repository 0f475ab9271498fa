"""What the graph of a whole project costs: seconds to index it, seconds to know every model, and memory.

Each round is a process of its own. The first begins with an empty cache, the others with what it left.
Without a folder the project is Apache Superset 6.1.0, as in run.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a project (default: Superset)")
    parser.add_argument("--rounds", type=int, default=3, help="processes, one after the other (default 3)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measure(options.folder)))
        return
    folder = options.folder or _superset()
    print(f"{folder}\n{'':8}{'files':>7}{'models':>8}{'index, s':>10}{'models, s':>11}{'memory, MB':>12}")
    with tempfile.TemporaryDirectory() as cache:
        for number in range(options.rounds):
            command = [sys.executable, __file__, "--inside", str(folder)]
            environment = {**os.environ, "SQLASSAY_CACHE_DIR": cache}
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
            found = json.loads(done.stdout)
            print(
                f"{'again' if number else 'first':8}{found['files']:>7}{found['models']:>8}{found['index']:>10.2f}"
                f"{found['schema']:>11.2f}{found['memory'] / 1e6:>12.0f}"
            )


def measure(folder: Path) -> dict[str, float]:
    """Index a project and ask for its models: counts, seconds, and the most memory that it took (bytes)."""
    from sqlassay.config import Config
    from sqlassay.linter import Workspace

    root = str(folder.resolve())
    workspace = Workspace(Path(root), Config.load(root, isolated=True), cached=True)
    started = time.perf_counter()
    workspace.index()
    indexed = time.perf_counter()
    models = workspace.schema().models
    done = time.perf_counter()
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "files": len(workspace.discover()),
        "models": len(models),
        "index": indexed - started,
        "schema": done - indexed,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }


def _superset() -> Path:
    from run import superset

    return superset()


if __name__ == "__main__":
    main()
