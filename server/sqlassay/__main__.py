"""`python -m sqlassay`: the command line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def run() -> NoReturn:
    # `-m` puts the working folder first on the path: a project's own logging.py or rich.py would run inside us.
    if sys.path[:1] == [os.getcwd()]:
        del sys.path[0]
    from sqlassay.cli.main import entry

    entry()


if __name__ == "__main__":
    run()
