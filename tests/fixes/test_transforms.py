"""The rewrites with names of their own, but for query-to-select."""

from __future__ import annotations

import pytest
from fixing import Program
from sqlassay.fixes.apply import CannotFix
from sqlassay.fixes.ops import AddImport, AddKeyword, Insert, Transform
from sqlassay.fixes.transforms import transforms


def transformed(marked: str, name: str, **args: str) -> str:
    """The program after a transform at what stands in ⟦⟧."""
    start = len(marked[: marked.index("⟦")].encode())
    end = start + len(marked[marked.index("⟦") + 1 : marked.index("⟧")].encode())
    program = Program(marked.replace("⟦", "").replace("⟧", ""))
    return program.fixed(Transform(program.between(start, end), name, args))


def test_found_by_name() -> None:
    assert {"annotate", "column-to-mapped", "query-to-select", "with-block"} <= set(transforms())
    with pytest.raises(ValueError, match="no such transform: nothing"):
        transformed("⟦a⟧", "nothing")
    with pytest.raises(ValueError, match="needs the argument 'annotation'"):
        transformed("⟦a = 1⟧", "annotate")


# -------------------------------------------------------------------- annotate

ANNOTATED = {
    "an assignment": ("class A:\n    ⟦b = f(c)⟧  # d\n", "class A:\n    b: Mapped[B] = f(c)  # d\n"),
    "aligned": ("⟦b    =  f(c)⟧\n", "b: Mapped[B]    =  f(c)\n"),
    "over lines": (
        "class A:\n    ⟦b = relationship(\n        'é',  # d\n    )⟧\n",
        "class A:\n    b: Mapped[B] = relationship(\n        'é',  # d\n    )\n",
    ),
    "on a shared line": ("a; ⟦b = c⟧; d\n", "a; b: Mapped[B] = c; d\n"),
    "a tuple": ("⟦b = c, d⟧\n", "b: Mapped[B] = c, d\n"),
}


@pytest.mark.parametrize(("marked", "after"), ANNOTATED.values(), ids=ANNOTATED)
def test_annotate(marked: str, after: str) -> None:
    assert transformed(marked, "annotate", annotation="Mapped[B]") == after


@pytest.mark.parametrize("marked", ["⟦a = b = c⟧", "⟦a, b = c⟧", "⟦a.b = c⟧", "⟦(a) = c⟧", "⟦a += c⟧", "⟦a: int = c⟧"])
def test_what_can_have_no_annotation(marked: str) -> None:
    with pytest.raises(CannotFix, match="only an assignment to one name"):
        transformed(marked, "annotate", annotation="B")


# ------------------------------------------------------------ column-to-mapped

MAPPED = {
    "a column": (
        "⟦a = Column(Integer, primary_key=True)⟧",
        "a: Mapped[int] = mapped_column(Integer, primary_key=True)",
    ),
    "of a module": ("⟦a = db.Column(db.Integer)⟧", "a: Mapped[int] = mapped_column(db.Integer)"),
    "without arguments": ("⟦a = sa.Column()⟧", "a: Mapped[int] = mapped_column()"),
    "nullable is dropped": ("⟦a = Column(Integer, nullable=False)⟧", "a: Mapped[int] = mapped_column(Integer)"),
    "nullable with a comment stays": (
        "⟦a = Column(\n    Integer,\n    nullable=False,  # why\n)⟧",
        "a: Mapped[int] = mapped_column(\n    Integer,\n    nullable=False,  # why\n)",
    ),
    "over lines": (
        "⟦a = Column(\n    Integer,  # i\n    ForeignKey('é.id'),\n    nullable=False,\n    index=True,\n)⟧",
        "a: Mapped[int] = mapped_column(\n    Integer,  # i\n    ForeignKey('é.id'),\n    index=True,\n)",
    ),
}


@pytest.mark.parametrize(("marked", "after"), MAPPED.values(), ids=MAPPED)
@pytest.mark.parametrize(("before", "behind"), [("", "\n"), ("class A:\n    é = 1; ", "  # why\n")])
def test_column_to_mapped(marked: str, after: str, before: str, behind: str) -> None:
    args = {"annotation": "Mapped[int]", "constructor": "mapped_column", "drop_nullable": "true"}
    assert transformed(before + marked + behind, "column-to-mapped", **args) == before + after + behind


def test_nullable_stays_unless_told() -> None:
    args = {"annotation": "orm.Mapped[Optional[int]]", "constructor": "orm.mapped_column"}
    assert transformed("⟦a = Column(Integer, nullable=True)⟧", "column-to-mapped", **args) == (
        "a: orm.Mapped[Optional[int]] = orm.mapped_column(Integer, nullable=True)"
    )


@pytest.mark.parametrize(
    ("marked", "after"),
    [
        ("⟦a = Column(Integer)⟧", "a: Mapped[int] = Column()"),
        ("⟦a = Column('b', Integer, index=True)⟧", "a: Mapped[int] = Column('b', index=True)"),
        ("⟦a = Column(\n    'b',  # b\n    Integer,\n)⟧", "a: Mapped[int] = Column(\n    'b',  # b\n)"),
    ],
)
def test_the_type_is_dropped(marked: str, after: str) -> None:
    index = "1" if "'b'" in marked else "0"
    args = {"annotation": "Mapped[int]", "constructor": "Column", "drop_argument": index}
    assert transformed(marked, "column-to-mapped", **args) == after


@pytest.mark.parametrize("index", ["1", "2", "3"])
def test_only_a_positional_argument_is_dropped(index: str) -> None:
    args = {"annotation": "Mapped[int]", "constructor": "Column", "drop_argument": index}
    with pytest.raises(CannotFix, match="no such argument"):
        transformed("⟦a = Column(Integer, *more, index=True)⟧", "column-to-mapped", **args)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("⟦a = b = Column(Integer)⟧", "only an assignment to one name"),
        ("⟦a = Integer⟧", "not a call"),
    ],
)
def test_what_is_no_column(marked: str, reason: str) -> None:
    args = {"annotation": "Mapped[int]", "constructor": "mapped_column", "drop_nullable": "true"}
    with pytest.raises(CannotFix, match=reason):
        transformed(marked, "column-to-mapped", **args)


def test_with_other_operations_on_the_statement() -> None:
    program = Program("from sqlalchemy import Column\n\n\nclass A:\n    a = Column(Integer)\n")
    ops = (
        Transform(
            program.at("a = Column(Integer)"),
            "column-to-mapped",
            {"annotation": "Mapped[int]", "constructor": "mapped_column"},
        ),
        AddKeyword(program.at("Column(Integer)"), "index", "True"),
        AddImport(program.at("a = Column"), "sqlalchemy.orm", "mapped_column"),
        AddImport(program.at("a = Column"), "sqlalchemy.orm", "Mapped"),
    )
    assert program.fixed(*ops) == (
        "from sqlalchemy import Column\nfrom sqlalchemy.orm import Mapped, mapped_column\n\n\n"
        "class A:\n    a: Mapped[int] = mapped_column(Integer, index=True)\n"
    )


# ------------------------------------------------------------ dedent-statement

DEDENTED = {
    "a for": ("for a in b:\n    s.add(a)\n    ⟦s.commit()⟧\nc\n", "for a in b:\n    s.add(a)\ns.commit()\nc\n"),
    "an async for": (
        "async def f():\n    async for a in b:\n        c(a)\n        ⟦await s.commit()⟧\n",
        "async def f():\n    async for a in b:\n        c(a)\n    await s.commit()\n",
    ),
    "a while with comments": (
        "while a:\n    b  # b\n\n    # why\n    ⟦c⟧  # c\n# d\nd\n",
        "while a:\n    b  # b\n\n# why\nc  # c\n# d\nd\n",
    ),
    "over lines": (
        "def f():\n\tfor a in b:\n\t\tc\n\t\t⟦d(\n\t\t\te,\n\t\t)⟧\n",
        "def f():\n\tfor a in b:\n\t\tc\n\td(\n\t\te,\n\t)\n",
    ),
    "a block": (
        "for a in b:\n    c\n    ⟦if d:\n        e⟧\nf\n",
        "for a in b:\n    c\nif d:\n    e\nf\n",
    ),
    "a string over lines": (
        'for a in b:\n    c\n    ⟦d("""\n    e""")⟧\n',
        'for a in b:\n    c\nd("""\n    e""")\n',
    ),
    "CRLF": ("for a in b:\r\n    c\r\n    ⟦d⟧\r\n", "for a in b:\r\n    c\r\nd\r\n"),
    "a return in a function of the loop": (
        "for a in b:\n    def f():\n        return 1\n    ⟦c⟧\n",
        "for a in b:\n    def f():\n        return 1\nc\n",
    ),
}


@pytest.mark.parametrize(("marked", "after"), DEDENTED.values(), ids=DEDENTED)
def test_dedent_statement(marked: str, after: str) -> None:
    assert transformed(marked, "dedent-statement") == after


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("for a in b:\n    ⟦c⟧\n    d\n", "not the last"),
        ("for a in b:\n    ⟦c⟧\n", "nothing would be left"),
        ("for a in b: c; ⟦d⟧\n", "nothing would be left"),
        ("if a:\n    b\n    ⟦c⟧\n", "not in the body of a loop"),
        ("a\n⟦b⟧\n", "not the last"),
        ("for a in b:\n    c\nelse:\n    ⟦d⟧\n", "not the last"),
        ("for a in b:\n    c\n    ⟦d⟧\nelse:\n    e\n", "has an else"),
        ("def f():\n    for a in b:\n        if a:\n            return a\n        ⟦d⟧\n", "a return in the loop"),
        ("x; \\\nfor a in b:\n    c\n    ⟦d⟧\n", "."),
    ],
)
def test_what_cannot_be_dedented(marked: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        transformed(marked, "dedent-statement")


# ----------------------------------------------------------------- try-finally

FINALLY = {
    "a dependency": (
        "def get_db():\n    ⟦db = S()⟧\n    yield db\n",
        "def get_db():\n    db = S()\n    try:\n        yield db\n    finally:\n        db.close()\n",
    ),
    "a close that is there": (
        "def get_db():\n    ⟦db = S()⟧  # s\n\n    # give it\n    yield db  # y\n\n    # end\n    db.close()  # c\n",
        "def get_db():\n    db = S()  # s\n\n    try:\n        # give it\n        yield db  # y\n"
        "    finally:\n        # end\n        db.close()  # c\n",
    ),
    "more of a body": (
        "def get_db():\n    log()\n    ⟦db = S()⟧\n    db.ping(\n        1,\n    )\n    yield db\n    log()\n",
        "def get_db():\n    log()\n    db = S()\n    try:\n        db.ping(\n"
        "            1,\n        )\n        yield db\n"
        "        log()\n    finally:\n        db.close()\n",
    ),
    "deep in tabs": (
        "class A:\n\tdef get_db():\n\t\t⟦db = S()⟧\n\t\tx = yield db\n",
        "class A:\n\tdef get_db():\n\t\tdb = S()\n\t\ttry:\n\t\t\tx = yield db\n\t\tfinally:\n\t\t\tdb.close()\n",
    ),
    "CRLF": (
        "def get_db():\r\n  ⟦db = S()⟧\r\n  yield db\r\n",
        "def get_db():\r\n  db = S()\r\n  try:\r\n    yield db\r\n  finally:\r\n    db.close()\r\n",
    ),
    "no line end": (
        "def get_db():\n    ⟦db = S()⟧\n    yield db",
        "def get_db():\n    db = S()\n    try:\n        yield db\n    finally:\n        db.close()",
    ),
}


@pytest.mark.parametrize(("marked", "after"), FINALLY.values(), ids=FINALLY)
def test_try_finally(marked: str, after: str) -> None:
    assert transformed(marked, "try-finally", **{"finally": "db.close()"}) == after


def test_try_finally_awaits() -> None:
    program = "async def get_db():\n    ⟦db = S()⟧\n    yield db\n    await db.close()\n"
    assert transformed(program, "try-finally", **{"finally": "await db.close()"}) == (
        "async def get_db():\n    db = S()\n    try:\n        yield db\n    finally:\n        await db.close()\n"
    )


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("def f():\n    ⟦db = S()⟧\n    yield other\n", "no yield of db"),
        ("def f():\n    ⟦db = S()⟧\n", "no yield of db"),
        ("def f():\n    ⟦db = S()⟧\n    def g():\n        yield db\n", "no yield of db"),
        ("def f():\n    ⟦db, x = S()⟧\n    yield db\n", "not an assignment to one name"),
        ("def f(): ⟦db = S()⟧; yield db\n", "shares its line"),
        ("def f():\n    ⟦db = S()⟧\n    a; yield db\n", "shares its line"),
        ("⟦db = S()⟧\nyield db\n", "rest of a module"),
    ],
)
def test_what_is_not_wrapped(marked: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        transformed(marked, "try-finally", **{"finally": "db.close()"})


# ------------------------------------------------------- declarative-base-class

BASES = {
    "alone": ("⟦Base = declarative_base()⟧\n", "class Base(DeclarativeBase):\n    pass\n"),
    "among others": (
        "a = 1\n⟦Base = declarative_base()⟧\nb = 2\n",
        "a = 1\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\nb = 2\n",
    ),
    "with empty lines and comments": (
        "a = 1\n\n# the base\n⟦Base = declarative_base()⟧  # of all\n\nb = 2\n",
        "a = 1\n\n\n# the base\nclass Base(DeclarativeBase):  # of all\n    pass\n\n\nb = 2\n",
    ),
    "with enough empty lines": (
        "import a\n\n\n⟦Base = declarative_base()⟧\n\n\ndef f(): ...\n",
        "import a\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\ndef f(): ...\n",
    ),
    "first, below comments": (
        "# Copyright\n\n⟦Base = declarative_base()⟧\n",
        "# Copyright\n\nclass Base(DeclarativeBase):\n    pass\n",
    ),
    "with metadata": (
        "⟦Base = declarative_base(metadata=MetaData(schema='é'), name='Base')⟧\n",
        "class Base(DeclarativeBase):\n    metadata = MetaData(schema='é')\n",
    ),
    "in a function with tabs": (
        "def f():\n\ta\n\t⟦Base = orm.declarative_base()⟧\n\tb\n",
        "def f():\n\ta\n\tclass Base(DeclarativeBase):\n\t\tpass\n\tb\n",
    ),
    "CRLF": (
        "a\r\n⟦Base = declarative_base()⟧\r\nb\r\n",
        "a\r\n\r\n\r\nclass Base(DeclarativeBase):\r\n    pass\r\n\r\n\r\nb\r\n",
    ),
    "no line end": ("a\n\n\n⟦Base = declarative_base()⟧", "a\n\n\nclass Base(DeclarativeBase):\n    pass"),
}


@pytest.mark.parametrize(("marked", "after"), BASES.values(), ids=BASES)
def test_declarative_base_class(marked: str, after: str) -> None:
    assert transformed(marked, "declarative-base-class") == after


def test_declarative_base_by_another_name() -> None:
    assert transformed("⟦B = declarative_base()⟧\n", "declarative-base-class", base="orm.DeclarativeBase") == (
        "class B(orm.DeclarativeBase):\n    pass\n"
    )


@pytest.mark.parametrize(
    "marked",
    [
        "⟦Base = declarative_base(cls=Mine)⟧",
        "⟦Base = declarative_base(bind=engine)⟧",
        "⟦Base = declarative_base(name='Other')⟧",
        "⟦Base = declarative_base(engine)⟧",
        "⟦Base = declarative_base(**options)⟧",
        "⟦Base: Any = declarative_base()⟧",
        "⟦Base = Other⟧",
        "a; ⟦Base = declarative_base()⟧",
        "⟦Base = declarative_base(  # why\n)⟧",
    ],
)
def test_what_becomes_no_class(marked: str) -> None:
    with pytest.raises(CannotFix):
        transformed(marked, "declarative-base-class")


# ------------------------------------------------------------------ with-block

WITH = {
    "a body": (
        "def f():\n    ⟦s = Session(engine)⟧\n    s.add(a)\n    return s.b\n",
        "def f():\n    with Session(engine) as s:\n        s.add(a)\n        return s.b\n",
    ),
    "comments, empty lines and lines continued": (
        "def f():\n    # open\n    ⟦s = Session(\n        engine,  # e\n    )⟧  # s\n\n    # add\n"
        "    s.add(\n        a,\n        # b,\n    )\n\n    if x \\\n            and y:\n        s.c()\n",
        "def f():\n    # open\n    with Session(\n        engine,  # e\n    ) as s:  # s\n        # add\n"
        "        s.add(\n            a,\n            # b,\n        )\n\n"
        "        if x \\\n            and y:\n            s.c()\n",
    ),
    "strings keep their text": (
        'def f():\n    ⟦s = S()⟧\n    s.q("""\n    é\n      {x}\n""")\n    s.r(f"""\n    {x}""")\n',
        'def f():\n    with S() as s:\n        s.q("""\n    é\n      {x}\n""")\n        s.r(f"""\n    {x}""")\n',
    ),
    "in a block with tabs": (
        "def f():\n\tif a:\n\t\t⟦s = S()⟧\n\t\ts.b()\n\telse:\n\t\tc\n",
        "def f():\n\tif a:\n\t\twith S() as s:\n\t\t\ts.b()\n\telse:\n\t\tc\n",
    ),
    "decorated functions and elses": (
        "def f():\n  ⟦s = S()⟧\n  @d(\n    1)\n  def g():\n    pass\n  for a in b:\n    c\n  else:\n    e\n",
        "def f():\n  with S() as s:\n    @d(\n      1)\n    def g():\n      pass\n"
        "    for a in b:\n      c\n    else:\n      e\n",
    ),
    "CRLF": (
        "def f():\r\n    ⟦s = S()⟧\r\n    s.a()\r\n",
        "def f():\r\n    with S() as s:\r\n        s.a()\r\n",
    ),
    "a tuple": ("def f():\n    ⟦s = a, b⟧\n    s.c()\n", "def f():\n    with (a, b) as s:\n        s.c()\n"),
}


@pytest.mark.parametrize(("marked", "after"), WITH.values(), ids=WITH)
def test_with_block(marked: str, after: str) -> None:
    assert transformed(marked, "with-block") == after


def test_async_with_block() -> None:
    program = "async def f():\n    ⟦s = S()⟧\n    await s.a()\n"
    assert transformed(program, "with-block", **{"async": "true"}) == (
        "async def f():\n    async with S() as s:\n        await s.a()\n"
    )


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("def f():\n    a\n    ⟦s = S()⟧\n", "nothing follows"),
        ("def f():\n    ⟦s: Session = S()⟧\n    a\n", "not an assignment"),
        ("def f():\n    ⟦s.t = S()⟧\n    a\n", "not an assignment"),
        ("def f(): ⟦s = S()⟧; a\n", "shares its line"),
    ],
)
def test_what_gets_no_with(marked: str, reason: str) -> None:
    with pytest.raises(CannotFix, match=reason):
        transformed(marked, "with-block")


def test_operations_inside_a_block_that_is_rewritten() -> None:
    program = Program("def f():\n    s = S(e)\n    g(a)\n    return s\n")
    ops = (
        AddKeyword(program.at("g(a)"), "k", "1"),
        Transform(program.at("s = S(e)"), "with-block", {}),
        AddKeyword(program.at("S(e)"), "k", "2"),
    )
    assert program.fixed(*ops) == "def f():\n    with S(e, k=2) as s:\n        g(a, k=1)\n        return s\n"


def test_two_rewrites_of_one_body() -> None:
    program = Program("def f():\n    s = S(e)\n    g(a)\n")
    with_block = Transform(program.at("s = S(e)"), "with-block", {})
    for other in (with_block, Insert(program.at("g(a)"), "b", "before")):
        with pytest.raises(CannotFix, match="two changes of the same code"):
            program.fixed(with_block, other)
