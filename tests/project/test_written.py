"""Names that the project's code gives values to, and findings that follow an edit of that code."""

from __future__ import annotations

import os

import pytest
from sqlassay.config import Config
from sqlassay.linter import MEMORY_ROOT, Workspace
from sqlassay.project.files import Files
from sqlassay.project.written import Written
from sqlassay.syntax.source import SourceText

GIVEN = {
    "an attribute": "item.updated_at = now()\n",
    "an attribute of anything": "self.items[0].updated_at=now()\n",
    "an argument": "statement.values(updated_at=now())\n",
    "an argument on a line of its own": "statement.values(\n    name=1,\n    updated_at=now(),\n)\n",
    "a key": 'rows = [{"updated_at": now()}]\n',
    "setattr": "setattr(item, 'updated_at', now())\n",
    "SQL": 'text("UPDATE items SET updated_at = now()")\n',
    "a trigger": 'DDL("... NEW.updated_at = now(); ...")\n',
}

NOT_GIVEN = {
    "nothing": "",
    "a comparison": "if item.updated_at == now(): pass\n",
    "a copy": "Answer(updated_at=item.updated_at)\n",
    "a copy to an attribute": "answer.updated_at = self.item.updated_at\n",
    "a copy to a key": '{"updated_at": item.updated_at}\n',
    "its declaration": "class Item(Base):\n    updated_at = Column(DateTime)\n",
    "its annotation": "class ItemOut(BaseModel):\n    updated_at: datetime\n",
    "a longer name": "item.last_updated_at = now()\nitem.updated_at_utc = now()\n",
    "its use": "select(Item).order_by(Item.updated_at)\n",
}


def written(text: str, path: str = "service.py") -> bool:
    files = Files()
    full = os.path.join(MEMORY_ROOT, path)
    files.refresh(full, SourceText.from_str(text), opened=True)
    return Written(MEMORY_ROOT, files).anywhere("updated_at", [full])


@pytest.mark.parametrize("text", GIVEN.values(), ids=GIVEN)
def test_given(text: str) -> None:
    assert written(text)


@pytest.mark.parametrize("text", NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_not_given(text: str) -> None:
    assert not written(text)


@pytest.mark.parametrize("path", ["tests/test_items.py", "test_items.py", "app/conftest.py"])
def test_tests_do_not_count(path: str) -> None:
    assert not written(GIVEN["an attribute"], path)


MODELS = """
from sqlalchemy import Column, DateTime, Integer, func
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Item(Base):
    __tablename__ = "items"

    id = Column(Integer, primary_key=True)
    updated_at = Column(DateTime, server_default=func.now())
"""


def test_a_finding_follows_an_edit_of_another_file() -> None:
    config = Config.from_settings({"select": ["missing-onupdate"]}, MEMORY_ROOT)
    idle, busy = "def touch(item):\n    return item\n", "def touch(item):\n    item.updated_at = now()\n"
    workspace = Workspace.from_sources({"models.py": MODELS, "service.py": idle}, config, live=True)
    models, service = (os.path.join(MEMORY_ROOT, name) for name in ("models.py", "service.py"))
    found = [len(workspace.check(models).findings)]
    for text in (busy, idle, busy):
        workspace.open(service, text)
        found.append(len(workspace.check(models).findings))
    assert found == [1, 0, 1, 0]
