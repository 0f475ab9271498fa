"""The whole path in processes of their own: the real engine on a small project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlassay

SERVER = str(Path(sqlassay.__file__).parent.parent)

MODELS = """\
from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list[Item]] = relationship()


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
"""

SERVICE = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Order


def total(session: Session) -> int:
    count = 0
    for order in session.scalars(select(Order)):
        größe = "𝔊"; count += len(order.items)
    return count
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {
        "sqlassay.toml": 'select = ["n-plus-one"]\n',
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "app/service.py": SERVICE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def run(cwd: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "sqlassay", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": SERVER},
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def found(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = json.loads(done.stdout)
    return result


def test_a_finding_over_two_files(shop: Path) -> None:
    done = run(shop, "check", "--output-format", "json")
    assert done.returncode == 1
    (finding,) = found(done)
    assert (finding["code"], finding["name"], finding["path"]) == ("ALC601", "n-plus-one", "app/service.py")
    line = SERVICE.splitlines()[9]
    start = len(line[: line.index("order.items")].encode("utf-16-le")) // 2
    assert finding["range"] == {
        "start": {"line": 9, "character": start},
        "end": {"line": 9, "character": start + len("order.items")},
    }


def test_one_file_is_seen_with_its_project(shop: Path) -> None:
    whole = found(run(shop, "check", "--output-format", "json"))
    assert found(run(shop, "check", "--output-format", "json", "app/service.py")) == whole
    text = (shop / "app" / "service.py").read_bytes()
    stdin = run(shop, "check", "-", "--stdin-filename", "app/service.py", "--output-format", "json", stdin=text)
    assert found(stdin) == whole


def test_every_format_tells_the_same(shop: Path) -> None:
    def out(name: str) -> str:
        return run(shop, "check", "--output-format", name).stdout.decode()

    column = SERVICE.splitlines()[9].index("order.items") + 1
    assert f"app/service.py:10:{column}: ALC601 n-plus-one" in out("concise")
    assert f" --> app/service.py:10:{column}\n" in out("text")
    assert f"file=app/service.py,line=10,endLine=10,col={column}," in out("github")
    region = json.loads(out("sarif"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (10, column + 1), "one character counts twice in UTF-16"
    case = ElementTree.fromstring(out("junit"))[0][0]
    assert (case.get("line"), case.get("column")) == ("10", str(column))


def test_a_baseline(shop: Path) -> None:
    assert run(shop, "check", "--write-baseline", "known.json").returncode == 0
    service = shop / "app" / "service.py"
    service.write_text("# moved\n\n" + SERVICE, "utf-8")
    assert run(shop, "check", "--baseline", "known.json").returncode == 0
    service.write_text(SERVICE.replace("return count", "return count + total(session)"), "utf-8")
    assert run(shop, "check", "--baseline", "known.json").returncode == 0
    service.write_text(SERVICE.replace("count += len(order.items)", "count -= len(order.items)"), "utf-8")
    assert run(shop, "check", "--baseline", "known.json").returncode == 1


def test_bad_files_are_warnings(shop: Path) -> None:
    (shop / "app" / "binary.py").write_bytes(b"x = 1\0")
    (shop / "app" / "latin.py").write_bytes(b"x = '\xe9'\n")
    (shop / "app" / "deep.py").write_text("x = " + "[" * 2000 + "]" * 2000)
    (shop / "app" / "broken.py").write_text("def f(:\n  x = (\n")
    (shop / "app" / "loop").symlink_to(shop)
    done = run(shop, "check", "--output-format", "json")
    assert done.returncode == 1
    assert len(found(done)) == 1
    warned = sorted(line.split(": ")[2] for line in done.stderr.decode().splitlines())
    assert warned == ["app/binary.py", "app/latin.py"]


def test_the_project_runs_on_what_it_declares(shop: Path) -> None:
    (shop / "requirements.txt").write_text("sqlalchemy==1.4.49\n")
    described = json.loads(run(shop, "config", "app/service.py", "--output-format", "json").stdout)
    assert described["sqlalchemy"] == {"versions": "1.4.49", "source": "requirements.txt"}
    assert [rule["name"] for rule in described["rules"]] == ["n-plus-one"]


NOTE = b"""\
\xef\xbb\xbffrom sqlalchemy import JSON, Column, Integer\r
\r
from app.models import Base\r
\r
\r
class Note(Base):\r
    __tablename__ = "notes"\r
    id = Column(Integer, primary_key=True)\r
    tags = Column(JSON, default={})  # gr\xc3\xb6\xc3\x9fe\r
"""


def test_a_fix_is_shown_and_written_and_then_there_is_nothing_left(shop: Path) -> None:
    rules = ("--select", "mutable-column-default")
    note = shop / "app" / "note.py"
    note.write_bytes(NOTE)
    shown = run(shop, "fix", "--diff", *rules)
    assert shown.returncode == 1
    assert b"-    tags = Column(JSON, default={})" in shown.stdout
    assert b"+    tags = Column(JSON, default=dict)" in shown.stdout
    assert note.read_bytes() == NOTE
    assert run(shop, "fix", *rules).returncode == 0
    fixed = NOTE.replace(b"default={}", b"default=dict")
    assert note.read_bytes() == fixed
    assert run(shop, "check", *rules).returncode == 0
    assert run(shop, "fix", *rules).returncode == 0
    assert note.read_bytes() == fixed
    piped = run(shop, "fix", "-", "--stdin-filename", "app/note.py", *rules, stdin=NOTE)
    assert (piped.returncode, piped.stdout) == (0, fixed)


def test_after_add_noqa_check_is_clean(shop: Path) -> None:
    service = shop / "app" / "service.py"
    added = run(shop, "check", "--add-noqa")
    assert (added.returncode, added.stdout.decode()) == (0, "Silenced 1 finding in 1 file.\n")
    assert service.read_text("utf-8") == SERVICE.replace("len(order.items)", "len(order.items)  # noqa: ALC601")
    assert run(shop, "check").returncode == 0


REPOSITORY = """\
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Order


def orders(session: Session) -> list[Order]:
    return session.scalars(select(Order)).all()
"""

REPORT = """\
from sqlalchemy.orm import Session

from app.repository import orders


def report(session: Session) -> int:
    return sum(len(order.items) for order in orders(session))
"""


def test_a_fix_in_another_file(shop: Path) -> None:
    repository, report = shop / "app" / "repository.py", shop / "app" / "report.py"
    repository.write_text(REPOSITORY)
    report.write_text(REPORT)
    fixed = REPOSITORY.replace("import Session", "import Session, selectinload").replace(
        "select(Order)", "select(Order).options(selectinload(Order.items))"
    )
    shown = run(shop, "fix", "--unsafe", "--diff")
    assert shown.returncode == 1
    assert "+++ app/repository.py" in shown.stdout.decode()
    assert repository.read_text() == REPOSITORY
    alone = run(shop, "fix", "--unsafe", "app/report.py")
    assert alone.stdout.decode().startswith("Fixed 0 findings"), "the other file was not given"
    done = run(shop, "fix", "--unsafe").stdout.decode()
    assert "app/repository.py: 1 × ALC601 n-plus-one\n" in done
    assert "Fixed 2 findings in 2 files.\n" in done
    assert (repository.read_text(), report.read_text()) == (fixed, REPORT)
    assert run(shop, "check").returncode == 0
