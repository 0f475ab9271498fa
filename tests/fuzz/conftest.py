"""A hang in a fuzz test ends the run with the stack of where it hung, instead of for ever."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator

import pytest

PATIENCE = 600
"""Seconds for one test with all its examples; far beyond what a slow machine needs."""


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()
