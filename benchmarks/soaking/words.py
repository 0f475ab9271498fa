"""What people type: lines of SQLAlchemy code with the project's own names in them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable

IN_FUNCTION = (
    "rows = session.query({model}).all()",
    "for row in session.scalars(select({model})):\n    print(row.{attribute})",
    "for each in session.query({model}).filter({model}.{attribute} == None):\n    each.{attribute}.append(each)",
    'session.execute(text(f"SELECT * FROM {table} WHERE id = {{x}}"))',
    "item = session.get({model}, 1)",
    "if {model}.{attribute} == None:\n    pass",
    "db.session.add({model}({attribute}=None))",
    "query = query.filter({model}.{attribute} is None)",
    "session.commit()",
    "names = [each.{attribute} for each in db.session.query({model})]",
    "return None",
    "value = self.{attribute}",
    "# a remark",
    "with Session(engine) as session:\n    session.add({model}())\n    session.commit()",
    "statement = select({model}).where({model}.{attribute} == 1).limit(10)",
    "await session.execute(select({model}).options(selectinload({model}.{attribute})))",
    "count = len(session.query({model}).all())",
    "try:\n    session.flush()\nexcept Exception:\n    pass",
    "x = self.helper_{n}(session, {model})",
)

IN_MODEL = (
    'extra_{n} = Column(Integer, ForeignKey("{table}.id"))',
    "created_{n} = Column(DateTime, default=datetime.utcnow())",
    'others_{n} = relationship("{model}", backref="back_{n}")',
    'tags_{n}: Mapped[list["{model}"]] = relationship(back_populates="{attribute}")',
    "name_{n}: Mapped[str] = mapped_column(String(50), default=[])",
    '__tablename__ = "{table}"',
    'parent_{n} = mapped_column(ForeignKey("{table}.{attribute}"))',
    "def helper_{n}(self, session, value):\n    return session.query(value).filter(value.{attribute} == self).all()",
    '__table_args__ = (Index("ix_{n}", "{attribute}"),)',
    '{attribute} = Column(String, nullable=False, default="é𝄞")',
    "@property\ndef both_{n}(self):\n    return [each.{attribute} for each in self.others_{n}]",
)

FILES = (
    """from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base{n}(DeclarativeBase):
    pass


class {model}(Base{n}):
    __tablename__ = "{table}"

    id: Mapped[int] = mapped_column(primary_key=True)
    {attribute}: Mapped[str]
    parent_id: Mapped[int] = mapped_column(ForeignKey("{table}.id"))
    parts: Mapped[list["{model}"]] = relationship()
""",
    """from sqlalchemy import select
from sqlalchemy.orm import Session
from .{module} import {model}


def load_{n}(session: Session):
    for each in session.scalars(select({model})):
        print(each.{attribute}, each.parent)
""",
    "from .{module} import *\n",
)

BROKEN = ("(", "[", "{", '"""', "'", ")", "def (", "class :", "\\", "    ", "=", "if x", "@", 'f"{', "for each in (\n")
"""What makes a text fall apart."""

_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^    (\w+)\s*[:=].*(?:Column|mapped_column|relationship)\(", re.MULTILINE)
_TABLE = re.compile(r"^    __tablename__ = [\"'](\w+)[\"']", re.MULTILINE)


class Words:
    """The names of a project's models, and lines made of them."""

    def __init__(self, texts: Iterable[str], draw: random.Random) -> None:
        texts = list(texts)
        self._draw = draw
        self.models = _found(_CLASS, texts) or ["User"]
        self.attributes = _found(_ATTRIBUTE, texts) or ["name"]
        self.tables = _found(_TABLE, texts) or ["users"]

    def line(self, templates: tuple[str, ...], module: str = "models") -> str:
        draw = self._draw
        return draw.choice(templates).format(
            model=draw.choice(self.models),
            attribute=draw.choice(self.attributes),
            table=draw.choice(self.tables),
            module=module,
            n=draw.randrange(10),
        )


def _found(pattern: re.Pattern[str], texts: list[str]) -> list[str]:
    return sorted({name for text in texts for name in pattern.findall(text)})
