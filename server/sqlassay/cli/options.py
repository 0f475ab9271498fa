"""The arguments of every command."""

from __future__ import annotations

import argparse
from typing import NoReturn

from sqlassay import __version__
from sqlassay.cli import exits

_FORMATS = {
    "text": "each finding with its code",
    "concise": "one line a finding",
    "json": "a list, positions as in LSP",
    "sarif": "SARIF 2.1.0, for code scanning",
    "github": "annotations of a GitHub workflow",
    "junit": "JUnit XML",
}
"""The output formats of `check`: the modules of `cli.formats`."""

_SCHEMA_FORMATS = {
    "text": "each model with its table, columns, keys and relationships",
    "json": "a list of models",
    "mermaid": "a Mermaid entity relationship diagram",
    "dot": "a Graphviz diagram",
}
"""The output formats of `schema`: the modules of `cli.schemas`."""

_EPILOG = "Exit codes: 0 clean, 1 findings, 2 could not run."


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}") from None
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders; - for stdin (default: .)")
    parser.add_argument("--stdin-filename", metavar="NAME", help="read stdin, and call it so")
    parser.add_argument("--force-exclude", action="store_true", help="keep excluded files out even when named")


def _add_config(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("configuration")
    group.add_argument("--config", metavar="FILE", help="use this file instead of those found beside the code")
    group.add_argument("--isolated", action="store_true", help="read no configuration file")


def _add_rules(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("rules", "Codes, names, code prefixes, categories, presets or ALL, with commas.")
    for name, what in (
        ("--select", "the rules that are on, in place of the configured ones"),
        ("--extend-select", "rules that are on besides"),
        ("--ignore", "rules that are off"),
    ):
        group.add_argument(name, type=_names, action="extend", metavar="RULES", help=what)


def _add_running(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument("-j", "--jobs", type=_count, default=0, metavar="N", help="processes (default: one a core)")
    group.add_argument("--no-cache", action="store_true", help="read every file anew, and keep nothing")
    group.add_argument("-q", "--quiet", action="store_true", help="no summary and no progress")


def _check(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    output = parser.add_argument_group("output")
    formats = "; ".join(f"{name}: {what}" for name, what in _FORMATS.items())
    output.add_argument(
        "--output-format", choices=_FORMATS, default="text", metavar="FORMAT", help=f"{formats} (default: text)"
    )
    output.add_argument("--output-file", metavar="FILE", help="write there instead of to stdout")
    output.add_argument("--statistics", action="store_true", help="how often each rule was found, not where")
    output.add_argument("--exit-zero", action="store_true", help="exit with 0 even when something was found")
    instead = parser.add_argument_group("existing findings").add_mutually_exclusive_group()
    instead.add_argument("--add-noqa", action="store_true", help="silence every finding with a # noqa comment")
    instead.add_argument("--baseline", metavar="FILE", help="report only what this baseline does not know")
    instead.add_argument("--write-baseline", metavar="FILE", help="write a baseline of all findings")
    _add_rules(parser)
    _add_config(parser)
    _add_running(parser)


def _fix(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    parser.add_argument("--unsafe", action="store_true", help="also fixes that may change what the code does")
    parser.add_argument("--diff", action="store_true", help="show what would change and write nothing; exit 1 if any")
    _add_rules(parser)
    _add_config(parser)
    _add_running(parser)


def _schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .)")
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="only this model (class or table; may be repeated) and what it is related to",
    )
    parser.add_argument("--force-exclude", action="store_true", help="keep excluded files out even when named")
    output = parser.add_argument_group("output")
    formats = "; ".join(f"{name}: {what}" for name, what in _SCHEMA_FORMATS.items())
    output.add_argument(
        "--format",
        "--output-format",
        dest="output_format",
        choices=_SCHEMA_FORMATS,
        default="text",
        metavar="FORMAT",
        help=f"{formats} (default: text)",
    )
    output.add_argument(
        "-o", "--output", "--output-file", dest="output_file", metavar="FILE", help="write there instead of to stdout"
    )
    running = parser.add_argument_group("running")
    running.add_argument("--no-cache", action="store_true", help="read every file anew, and keep nothing")
    running.add_argument("-q", "--quiet", action="store_true", help="no summary and no progress")
    parser.set_defaults(select=None, extend_select=None, ignore=None)
    _add_config(parser)


def _rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", nargs="?", metavar="RULE", help="code or name (default: a list of all rules)")
    parser.add_argument("--all", action="store_true", help="the pages of all rules")
    parser.add_argument("--output-format", choices=("text", "json", "markdown"), default="text")


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="a file or folder (default: .)")
    parser.add_argument("--output-format", choices=("text", "json"), default="text")
    _add_rules(parser)
    _add_config(parser)


def _server(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stdio", action="store_true", help="speak over stdin and stdout (default)")
    how.add_argument("--tcp", action="store_true", help="listen on a port, for debugging")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_count, default=2087)


_COMMANDS = {
    "check": (_check, "find what is wrong"),
    "fix": (_fix, "repair what can be repaired"),
    "schema": (_schema, "show the models and tables"),
    "rule": (_rule, "explain a rule"),
    "config": (_config, "show what holds for a file, and where that is from"),
    "server": (_server, "the language server"),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is for those who ask for it."""

    def error(self, message: str) -> NoReturn:
        self.exit(exits.FAILED, f"sqlassay: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """The parser; `command` of what it gives is a name of the table above, None where none was given."""
    top = _Parser(prog="sqlassay", description="Assays SQLAlchemy code.", epilog=_EPILOG, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"sqlassay {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (add, what) in _COMMANDS.items():
        add(commands.add_parser(name, help=what, description=f"{what.capitalize()}.", allow_abbrev=False))
    return top
