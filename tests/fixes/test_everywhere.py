"""Operations at every place of programs such as people write, held against `ast`."""

from __future__ import annotations

import ast

import pytest
from everywhere import Tree, dump, expressions, fixed, statements
from fixing import PATH, Program
from sqlassay.fixes.ops import AddImport, AddKeyword, Insert, RemoveKeyword, Replace, ReplaceStatement
from sqlassay.fixes.statements import is_elif
from sqlassay.syntax.place import Place

MODELS = '''\
# -*- coding: utf-8 -*-
"""Modèles."""
from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (  # everything
    Column,
    ForeignKey,  # fk
    Integer, String,
    # DateTime,
)
from sqlalchemy.orm import relationship as rel, declarative_base

if TYPE_CHECKING:
    from .other import Thing  # noqa: F401

Base = declarative_base()  # type: Any
é = "😀"; NAME = 'x' 'y'


class Kind(str, enum.Enum): A = "a"; B = "b"


@registry.mapped  # decorated
@dec(1, key = lambda self, *a, k=(1, 2), **kw: (yield))
class Order(Base, Mixin[int], metaclass=Meta):
    """Une commande.

    # not a comment
    """

    __tablename__ = "order"
    __table_args__ = (
        Index("i", "a"),  # idx
        {"schema": f"s_{NAME!r:>{10}}"},
    )

    id = Column(Integer, primary_key=True, default=lambda: next(ids))
    a    = Column("é", String(10), nullable=not True)  # aligned
    b = Column(Integer,
               ForeignKey('é.id', ondelete="CASCADE"),
               # about index
               index=True)
    items = rel(
        "Item", back_populates="order",
        order_by=lambda: (Item.a, -Item.b),
    )
    x: int | None = None
    y: list["Thing"]

    def total(self, /, a, b: int = 1, *args: int, c=[*range(3)], **kw) -> "float":
        # first
        return sum((i.price * i.n for i in self.items if i), start=0.0) or -1 ** 2

    def one_line(self): return self.a; pass
'''

SERVICE = '''\
#!/usr/bin/env python
import os, sys
from contextlib import contextmanager

@contextmanager
def get_db(url=os.environ["URL"]):
  """Doc"""
  db = Session(bind=engine,
    # expire
    expire_on_commit=False, )
  try:
    yield db  # give
  except (IntegrityError, ValueError) as e:  # bad
    pass
  except OSError: raise RuntimeError(f"é {e} {db!r}") from e
  else:
    db.commit()
  finally:

    # always
    db.close()


async def load(session, ids, *, flag=False):
  async with session.begin() as t, lock:
    async for row in await session.stream(select(A).where(A.id == 1, ~A.x | (A.y != None))):
      if (n := len(row)) > 10 and not flag:
        continue
      elif n == 5 or row[0] is None: break
      elif row:
        x, (y, *z) = a = row[1:n:2], row
      else:
        # nothing
        del x, y
      for i in range(3): print(i, end=""); log(i)
      else:
        total += 1 if flag else 2
    while True:
      await asyncio.sleep(1); return [q async for q in gen(ids) if await q.ok()]
  match command.split():
    case ["go", direction] if direction in (N, S):  # way
      go(direction)
    case {"k": v, **rest} | Point(x=0): assert v, "msg"
    case _:
      global g
      g = {**rest, "a": {1, 2}, b"c": ...}
  query = (
      session.query(User, Post.id)
      .join(Post)  # joined
      .filter(User.name == "x" \\
              and User.a < 1 <= 2)
      # last
      .all()
  )
  text = """
    select *   # not a comment
  """ + r'\\d' % (1,) if query else None
  return (  # opened
      {k: v for k, v in query if k if v}
  )
x = lambda: (yield)
if x:
  y = 1 \\
    + 2
z = 3'''

PROGRAMS = {
    "models": MODELS,
    "service": SERVICE,
}
LINES = {
    **PROGRAMS,
    "models, CRLF": MODELS.replace("\n", "\r\n"),
    "service, tabs": SERVICE.replace("  ", "\t"),
}


@pytest.fixture(params=PROGRAMS.values(), ids=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return Program(request.param)


@pytest.fixture(params=LINES.values(), ids=LINES)
def with_lines(request: pytest.FixtureRequest) -> Program:
    """Also with other line ends and indentation."""
    return Program(request.param)


def test_every_expression_can_be_wrapped_and_stays_itself(program: Program) -> None:
    tree = Tree(program)
    done = 0
    for start, end in expressions(program):
        wanted = tree.wrapped((start, end), "wrap")
        if wanted is None:
            continue
        place = program.between(start, end)
        assert fixed(program, Replace(place, "{0}", (place,))) in (program.sources[PATH].text, None)
        after = fixed(program, Replace(place, "wrap({0})", (place,)))
        if after is not None:
            assert dump(ast.parse(after)) == wanted, program.sources[PATH].data[start:end].decode()
            done += 1
    assert done > 100


def test_every_call_takes_a_keyword_and_gives_it_back(program: Program) -> None:
    text = program.sources[PATH].text
    done = 0
    for start, end in expressions(program):
        code = program.sources[PATH].data[start:end].decode()
        after = fixed(program, AddKeyword(program.between(start, end), "keyword", "1"))
        if after is None:
            continue
        assert len(after) > len(text)
        calls = [node for node in ast.walk(ast.parse(after)) if isinstance(node, ast.Call)]
        assert sum(keyword.arg == "keyword" for call in calls for keyword in call.keywords) == 1
        changed = Program(after)
        grown = end + len(after.encode()) - len(text.encode())
        place = changed.between(start, grown)
        assert fixed(changed, AddKeyword(place, "keyword", "2")) == after
        back = fixed(changed, RemoveKeyword(place, "keyword"))
        assert back is not None, code
        assert dump(ast.parse(back)) == dump(ast.parse(text))
        done += 1
    assert done > 10


@pytest.mark.parametrize(("where", "offset"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("code", ["new(1)", "if new:\n    # é\n    one\nelse:\n    two"])
def test_statements_can_be_put_beside_every_statement(with_lines: Program, code: str, where: str, offset: int) -> None:
    program = with_lines
    tree = Tree(program)
    done = 0
    for spot in statements(program):
        after = fixed(program, Insert(program.between(spot.start, spot.end), code, where))
        if after is None:
            assert is_elif(program.sources[PATH], spot) or code.startswith("if")
            continue
        if is_docstring(tree, spot.start) and where == "before":
            continue
        assert dump(ast.parse(after)) == tree.with_statement((spot.start, spot.end), offset, code)
        done += 1
    assert done > 20


def is_docstring(tree: Tree, start: int) -> bool:
    return tree.source.data.startswith(b'"""', start)


@pytest.mark.parametrize("code", ["", "new(1)", "while new:\n    one\n    two"])
def test_every_statement_can_be_replaced(with_lines: Program, code: str) -> None:
    program = with_lines
    tree = Tree(program)
    done = 0
    for spot in statements(program):
        after = fixed(program, ReplaceStatement(program.between(spot.start, spot.end), code))
        if after is None:
            continue
        assert dump(ast.parse(after)) == tree.with_statement((spot.start, spot.end), -1, code)
        done += 1
    assert done > 15


@pytest.mark.parametrize("name", ["text", "DateTime", "zzz", "Aaa", "ABC"])
@pytest.mark.parametrize("module", ["sqlalchemy", "sqlalchemy.orm", "os", "zope", "shop.models"])
def test_an_import_adds_a_name_and_nothing_else(program: Program, module: str, name: str) -> None:
    text = program.sources[PATH].text
    after = fixed(program, AddImport(Place(PATH, "", 0, 0), module, name))
    assert after is not None

    def names(code: str) -> set[tuple[str | None, str, str | None]]:
        froms = [node for node in ast.parse(code).body if isinstance(node, ast.ImportFrom)]
        return {(node.module, alias.name, alias.asname) for node in froms for alias in node.names}

    assert names(after) - names(text) == {(module, name, None)}
    assert names(text) <= names(after)
    others = [dump(node) for node in ast.parse(text).body if not isinstance(node, ast.ImportFrom)]
    assert [dump(node) for node in ast.parse(after).body if not isinstance(node, ast.ImportFrom)] == others
    assert fixed(Program(after), AddImport(Place(PATH, "", 0, 0), module, name)) == after
