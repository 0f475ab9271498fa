from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.semantics.events import RelationshipRead
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.plans import LAZY_STRATEGIES
from sqlassay.syntax import nodes as n

_WHEN = {
    "__repr__": "a log line, a debugger or a failed test that shows an instance",
    "__str__": "each time an instance is printed or formatted it",
    "__eq__": "comparing two instances, as `in` does for each element of a list,",
    "__hash__": "putting an instance into a set or a dict",
}
"""What runs each of these methods."""

_ASKS = frozenset(("__dict__", "unloaded", "instance_state", "object_session"))
"""What a method mentions that asks first whether the relationship is loaded."""


@rule("ALC356", "model-repr-loads-relationship", severity=Severity.WARNING)
class ModelReprLoadsRelationship(Rule):
    """A model's `__repr__`, `__str__`, `__eq__` or `__hash__` reads a lazy relationship: showing it runs a query.

    ## Why
    These methods are called by code that does not think of the database: log lines, error reports, debuggers, test
    output, `in` on a list. Each call for an instance whose relationship is not loaded runs a SELECT, so logging a list
    runs one for each row. Where no session is there any more it raises `DetachedInstanceError`, in asyncio
    `MissingGreenlet`: the error that was to be reported is lost in that one.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped[User] = relationship()

        def __repr__(self) -> str:
            return f"<Post {self.id} by {self.user.name}>"
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        user: Mapped[User] = relationship()

        def __repr__(self) -> str:
            return f"<Post {self.id} by user {self.user_id}>"
    ```

    ## Fix safety
    There is no automatic fix: what an instance is to be shown by is a choice. The foreign key is there without a query.

    ## What it cannot see
    Queries that load the relationship each time, and programs that never show an instance outside its session: put
    `lazy="joined"` or `lazy="selectin"` on the relationship then, and the rule is silent. So it is where the method
    asks first what is loaded (`self.__dict__`, `inspect(self).unloaded`). Columns that have expired are loaded again
    too, in one SELECT; that is not said.

    ## References
    - [DetachedInstanceError](https://docs.sqlalchemy.org/en/20/errors.html#error-bhk3)
    - [Lazy loading](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html#lazy-loading)
    """

    def relationship_read(self, read: RelationshipRead) -> Iterator[Hit]:
        """A relationship of `self` is read in a method that shows or compares instances."""
        function = _method(read.frame)
        if function is None or function.name not in _WHEN or read.in_migration:
            return
        if read.load.kind != "self" or read.load.path or not _is_lazy(read.relationship):
            return
        if not isinstance(read.node, n.Attribute) or not _is_first(function, read.node) or _asks_first(function):
            return
        what = f"`{read.entity.model.name.rsplit('.', 1)[-1]}.{read.relationship.name}`"
        yield Hit(
            read.at(read.node),
            f"`{function.name}` reads {what}: {_WHEN[function.name]} runs a SELECT for it, and raises where the "
            "session is gone. Use columns only, such as the foreign key.",
            related=(Note(read.relationship.place, "It is loaded when it is read."),),
        )


def _method(frame: Frame) -> n.FunctionDef | None:
    """The method around, functions inside it looked through."""
    while frame.cls is None and frame.parent is not None:
        frame = frame.parent
    return frame.function


def _is_lazy(relationship: RelationshipInfo) -> bool:
    return relationship.lazy in LAZY_STRATEGIES and not (relationship.made_by_backref and not relationship.certain)


def _is_first(function: n.FunctionDef, node: n.Attribute) -> bool:
    """Whether this is the first place of the method that reads the attribute: a second runs nothing."""
    reads = (
        each
        for each in walk(function)
        if isinstance(each, n.Attribute) and each.attr == node.attr and isinstance(each.value, n.Name)
    )
    return min((each.start for each in reads), default=node.start) >= node.start


def _asks_first(function: n.FunctionDef) -> bool:
    return any(isinstance(each, n.Attribute | n.Name) and _name(each) in _ASKS for each in walk(function))


def _name(node: n.Attribute | n.Name) -> str:
    return node.attr if isinstance(node, n.Attribute) else node.id
