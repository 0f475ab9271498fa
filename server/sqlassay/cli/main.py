"""`sqlassay`: reads the arguments, runs the command, and sees to it that nothing ends in a traceback."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from sqlassay.cli import exits
from sqlassay.cli.options import parser

_TRACEBACK = "SQLASSAY_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command with these arguments (default: those of the process) and give its exit code."""
    _settle_streams()
    options = parser()
    try:
        parsed = options.parse_args(arguments)
        if parsed.command is None:
            options.print_help(sys.stderr)
            return exits.FAILED
        # A command is imported when it is run: `--version` and `--help` load nothing else.
        code: int = importlib.import_module(f"sqlassay.cli.commands.{parsed.command}").run(parsed)
        sys.stdout.flush()
    except SystemExit as exit_:  # argparse: the help, the version, or arguments that it refused
        return exit_.code if isinstance(exit_.code, int) else exits.FAILED
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough. What is left in the buffer must not fail again when Python shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FINDINGS
    except Exception as error:
        return _failed(error)
    return code


def entry() -> NoReturn:
    """The process: runs the command of its arguments, and is over."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed by whoever reads it
            stream.flush()
    # Taking millions of nodes apart one by one, as Python does at its end, takes a twentieth of a check.
    os._exit(code)


def _failed(error: Exception) -> int:
    from sqlassay.config import ConfigError

    if os.environ.get(_TRACEBACK):
        raise error
    if isinstance(error, (exits.Failure, ConfigError)):
        said = str(error)
    else:
        said = f"internal error: {type(error).__name__}: {error} (set {_TRACEBACK}=1 to see where)"
    print(f"sqlassay: {' '.join(said.split())}", file=sys.stderr)
    return exits.FAILED


def _settle_streams() -> None:
    """Output never fails for a character that the terminal's encoding lacks, and is UTF-8 where nobody looks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
