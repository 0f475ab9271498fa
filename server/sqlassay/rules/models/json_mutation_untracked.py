from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import within
from sqlassay.rules.models.in_place import Untold, untold
from sqlassay.semantics.events import FunctionEnd
from sqlassay.syntax import nodes as n

_OF_LISTS = frozenset("append extend insert remove sort reverse".split())
_OF_DICTS = frozenset("update setdefault popitem".split())


@rule("ALC309", "json-mutation-untracked", severity=Severity.ERROR, fix="unsafe")
class JsonMutationUntracked(Rule):
    """A JSON, ARRAY or pickled value is changed in place: SQLAlchemy does not notice, and sends no UPDATE.

    ## Why
    The session knows that an attribute has changed because something was assigned to it. `item.data["seen"] = True`
    changes the dict that the attribute holds and assigns nothing: the commit sends no UPDATE, the change is there until
    the instance expires, and then it is gone, without an error or a warning. Giving the attribute the same object again
    (`item.data = data`) does not help: it is compared with itself. A type that is wrapped in `MutableDict.as_mutable()`
    or `MutableList.as_mutable()` tells the session of each change.

    ## Example
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


    def mark(session: Session, item_id: int) -> None:
        item = session.get_one(Item, item_id)
        item.data["seen"] = True
        session.commit()
    ```

    ## Use instead
    ```python
    from typing import Any

    from sqlalchemy import JSON
    from sqlalchemy.ext.mutable import MutableDict
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        data: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON), default=dict)


    def mark(session: Session, item_id: int) -> None:
        item = session.get_one(Item, item_id)
        item.data["seen"] = True
        session.commit()
    ```

    ## Fix safety
    Unsafe: every change in place of that column is stored from then on, those too that were meant to be forgotten. The
    fix is offered where the change says whether it is a dict or a list. Other ways: assign a new object
    (`item.data = {**item.data, "seen": True}`), or call `flag_modified(item, "data")`.

    ## What it cannot see
    It is an error where the instance was loaded in the same function and a commit or flush follows; a warning where the
    function was given the instance, or nothing shows that it is stored. A local that stands for the object
    (`data = item.data`) is followed, but only where a commit or flush comes after and it is not given to anything else:
    it may be a working copy. Nothing is said where the function assigns the attribute, calls `flag_modified` or runs an
    UPDATE of its own, of new instances, in `__init__` and what it calls, and of types that may track changes in some
    way of their own (`associate_with`, another package's types).

    ## References
    - [Mutation tracking](https://docs.sqlalchemy.org/en/20/orm/extensions/mutable.html)
    - [flag_modified()](https://docs.sqlalchemy.org/en/20/orm/session_api.html#sqlalchemy.orm.attributes.flag_modified)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """A change in place of what a column holds whose type sees nothing of it."""
        for each in untold(end):
            if each.sees == "nothing":
                yield _hit(each)


def _hit(found: Untold) -> Hit:
    kind = found.column.sql_type.name if found.column.sql_type is not None else "its type"
    wrapper = _wrapper(found)
    sent = "the commit or flush after it sends no UPDATE" if found.sent else "no UPDATE is sent"
    wrap = f"Wrap the type in `{wrapper or 'MutableDict'}.as_mutable(...)`"
    notes = [Note(found.column.place, "The type does not track changes in place.")]
    if found.sent is not None:
        notes.append(Note(found.sent, "Sends no UPDATE for it."))
    return Hit(
        found.change.place,
        f"`{found.spelled}` is changed in place, and `{kind}` does not notice: {sent}, the change is lost. {wrap}, "
        "assign a new object, or call `flag_modified`.",
        related=tuple(notes),
        fix=_fix(found, wrapper),
        severity=None if found.sure else Severity.WARNING,
    )


def _wrapper(found: Untold) -> str | None:
    """The tracking class for the object that is changed, where the change says which kind it is."""
    change = found.change
    if change.stored.depth:
        return None
    match change.node:
        case n.Subscript(index=n.Constant(value=str())):
            return "MutableDict"
        case n.AugAssign(op=op):
            return "MutableDict" if op == "|" else "MutableList"
        case _ if change.how in _OF_LISTS:
            return "MutableList"
        case _ if change.how in _OF_DICTS:
            return "MutableDict"
        case _:
            return None


def _fix(found: Untold, wrapper: str | None) -> Fix | None:
    call, node = found.column.call, found.column.type
    if wrapper is None or call is None or node is None or not call.start <= node.start < call.end:
        return None
    place = within(call, node)
    return Fix(
        f"Wrap the column's type in `{wrapper}.as_mutable(...)`",
        False,
        (
            Replace(place, f"{wrapper}.as_mutable({{0}})", (place,)),
            AddImport(place, "sqlalchemy.ext.mutable", wrapper),
        ),
    )
