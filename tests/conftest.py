"""Collects the Markdown tests and the proofs beside the Python tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
# The harness is shared by folders that are no packages; importlib mode puts none of them on the path.
sys.path.insert(0, str(TESTS))

# A busy machine is no failure.
settings.register_profile("clockless", deadline=None)
settings.load_profile("clockless")

collect_ignore = ["rules/prove_support.py"]


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing that a test starts writes to the user's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["SQLASSAY_CACHE_DIR"] = str(folder)
    return folder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("python_files", "prove_*.py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Markdown under rules/<category>/ and semantics/ is tests."""
    if file_path.suffix != ".md" or not file_path.is_relative_to(TESTS):
        return None
    parts = file_path.relative_to(TESTS).parts
    if (parts[0], len(parts)) not in (("rules", 3), ("semantics", 2)):
        return None
    from harness import plugin

    kind = plugin.RuleFile if parts[0] == "rules" else plugin.SemanticsFile
    return kind.from_parent(parent, path=file_path)
