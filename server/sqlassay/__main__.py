"""`python -m sqlassay`: the command line."""

from __future__ import annotations

import os
import sys


def run() -> int:
    # `-m` puts the working folder first on the path: a project's own logging.py or rich.py would run inside us.
    if sys.path[:1] == [os.getcwd()]:
        del sys.path[0]
    from sqlassay.cli.main import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
