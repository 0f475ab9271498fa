from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, Fix, Insert
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.in_place import Untold, attribute_node, untold
from sqlassay.semantics.events import FunctionEnd
from sqlassay.semantics.names import dotted_name
from sqlassay.syntax import nodes as n


@rule("ALC340", "nested-mutation-untracked", severity=Severity.ERROR, fix="unsafe")
class NestedMutationUntracked(Rule):
    """An object inside a `MutableDict` or `MutableList` is changed in place: only the outermost one is tracked.

    ## Why
    `MutableDict.as_mutable(JSON)` makes the dict that the column holds tell the session of its changes. The lists and
    dicts inside it are plain ones: `item.data["tags"].append("new")` changes such a list, nobody tells the session, and
    the commit sends no UPDATE. The change is gone with the next load, without an error or a warning.

    ## Example
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
        data: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON))


    def tag(session: Session, item_id: int) -> None:
        item = session.get_one(Item, item_id)
        item.data["tags"].append("new")
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
        data: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON))


    def tag(session: Session, item_id: int) -> None:
        item = session.get_one(Item, item_id)
        item.data["tags"] = [*item.data["tags"], "new"]
        session.commit()
    ```

    ## Fix safety
    Unsafe: the fix calls `flag_modified(item, "data")` after the change, and the column is then written with the next
    flush, which it was not before. Giving the outermost object a new part, as above, does the same and reads better.

    ## What it cannot see
    It is an error where the instance was loaded in the same function and a commit or flush follows, a warning
    elsewhere. A change of the outermost object anywhere in the function sends the whole value, and silences the rule.
    Tracking classes of the project or of other packages may track what is inside them: nothing is said of those.

    ## References
    - [Mutation tracking](https://docs.sqlalchemy.org/en/20/orm/extensions/mutable.html)
    - [flag_modified()](https://docs.sqlalchemy.org/en/20/orm/session_api.html#sqlalchemy.orm.attributes.flag_modified)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """A change in place below the object that a column holds, where only that one is tracked."""
        noticed = {(each.stored.entity.model, each.stored.attribute) for each in end.changes if each.stored.depth == 0}
        for each in untold(end):
            stored = each.change.stored
            if each.sees == "top" and stored.depth and (stored.entity.model, stored.attribute) not in noticed:
                yield _hit(end, each)


def _hit(end: FunctionEnd, found: Untold) -> Hit:
    sent = "the commit or flush after it sends no UPDATE" if found.sent else "no UPDATE is sent"
    notes = [Note(found.column.place, "Tracks the outermost object only.")]
    if found.sent is not None:
        notes.append(Note(found.sent, "Sends no UPDATE for it."))
    return Hit(
        found.change.place,
        f"An object inside `{found.spelled}` is changed in place, and only the outermost one is tracked: {sent}, the "
        "change is lost. Assign a new object to the key or index, or call `flag_modified`.",
        related=tuple(notes),
        fix=_fix(end, found),
        severity=None if found.sure else Severity.WARNING,
    )


def _fix(end: FunctionEnd, found: Untold) -> Fix | None:
    node = attribute_node(found.change)
    owner = dotted_name(node.value) if isinstance(node, n.Attribute) else None
    around = (found.change.node, *end.frame.enclosing(found.change.node))
    statement = next(
        (each for each in around if isinstance(each, n.ExprStmt | n.Assign | n.AugAssign | n.Delete)), None
    )
    if owner is None or statement is None:
        return None
    call = f'flag_modified({owner}, "{found.change.stored.attribute}")'
    place = end.at(statement)
    return Fix(
        f"Add `{call}`",
        False,
        (Insert(place, call, "after"), AddImport(place, "sqlalchemy.orm.attributes", "flag_modified")),
    )
