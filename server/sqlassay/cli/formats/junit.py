"""JUnit XML: a suite for each file with findings, a failed test case for each finding."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sqlassay.cli.outcome import Entry, Outcome
from sqlassay.cli.style import Style

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(outcome: Outcome, out: TextIO, _style: Style) -> None:
    count = len(outcome.entries)
    root = Element("testsuites", name="sqlassay", tests=str(max(count, 1)), failures=str(count), errors="0")
    for path, group in groupby(outcome.entries, key=lambda entry: entry.spot.path):
        entries = list(group)
        suite = SubElement(root, "testsuite", name=_clean(path), tests=str(len(entries)), failures=str(len(entries)))
        suite.set("errors", "0")
        for entry in entries:
            _case(suite, entry)
    if not outcome.entries:
        # Readers of JUnit take a report without a single case for a run that did not happen.
        suite = SubElement(root, "testsuite", name="sqlassay", tests="1", failures="0", errors="0")
        SubElement(suite, "testcase", name="no findings", classname="sqlassay")
    indent(root)
    # ASCII with character references: right whatever the encoding of the stream is.
    out.write(tostring(root, encoding="us-ascii").decode("ascii") + "\n")


def _case(suite: Element, entry: Entry) -> None:
    finding = entry.finding
    (line, column), _ = entry.spot.range("utf-32")
    case = SubElement(
        suite,
        "testcase",
        name=f"{finding.code} {finding.name}",
        classname=_clean(entry.spot.path),
        file=_clean(entry.spot.path),
        line=str(line + 1),
        column=str(column + 1),
    )
    failure = SubElement(case, "failure", type=finding.severity.value, message=_clean(finding.message))
    places = [entry.spot.head(), *(f"{spot.head()}: {said}" for spot, said in entry.related)]
    failure.text = _clean("\n".join([finding.message, *places]))


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
