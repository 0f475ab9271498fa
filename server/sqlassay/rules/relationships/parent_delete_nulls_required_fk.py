from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import Given, full_name, given_to, tokens
from sqlassay.rules.relationships.joins import keys
from sqlassay.rules.relationships.sides import stands_in_class, target_of
from sqlassay.semantics import values as v
from sqlassay.semantics.events import SessionCall
from sqlassay.semantics.models import ColumnInfo, ForeignKeyInfo, ModelInfo, RelationshipInfo
from sqlassay.syntax import nodes as n


@rule("ALC406", "parent-delete-nulls-required-fk", severity=Severity.WARNING, fix="unsafe")
class ParentDeleteNullsRequiredFk(Rule):
    """A row is deleted whose children's foreign key is then set to NULL, and the column is NOT NULL.

    ## Why
    Without a delete cascade, and without `passive_deletes`, the ORM loads the children of a parent that is deleted and
    UPDATEs their foreign key to NULL. On a NOT NULL column that is an `IntegrityError`, on one of the primary key an
    `AssertionError`: a parent with children cannot be deleted through the session, even where the foreign key has
    `ON DELETE CASCADE`.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship()


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def remove(session: Session, order: Order) -> None:
        session.delete(order)
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))


    def remove(session: Session, order: Order) -> None:
        session.delete(order)
    ```

    ## Fix safety
    Unsafe: deleting a parent, or taking a child out of the collection, then deletes rows. Where the foreign key has
    `ON DELETE CASCADE`, the fix adds `passive_deletes=True`, and the database does what it says.

    ## What it cannot see
    Whether a row that is deleted has children. Where the function around names them otherwise, by the relationship or
    their class, it may have deleted them before, and nothing is said.

    ## References
    - [Cascades: delete](https://docs.sqlalchemy.org/en/20/orm/cascades.html#delete)
    - [Using foreign key ON DELETE cascade with ORM relationships](https://docs.sqlalchemy.org/en/20/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships)
    """

    def session_call(self, call: SessionCall) -> Iterator[Hit]:
        """`session.delete(order)` of a mapped instance."""
        if call.method != "delete" or call.connection or not call.args:
            return
        entity = call.args[0]
        if not isinstance(entity, v.Entity):
            return
        model = call.world.model(entity.model)
        if model is None or not model.mapped or call.world.is_test(call.path):
            return
        named = _named_around(call)
        for each in model.relationships.values():
            target = target_of(call.world, each)
            over = _nulled(call, model, each)
            if target is None or over is None or not named.isdisjoint(_ways(model, each, target, over[0].table)):
                continue
            yield _hit(call, model, each, *over)
            return


def _nulled(call: SessionCall, model: ModelInfo, each: RelationshipInfo) -> tuple[ColumnInfo, ForeignKeyInfo] | None:
    """The NOT NULL key of its children that the delete of a parent sets to NULL."""
    if each.direction != "one-to-many" or each.viewonly or not each.certain or not stands_in_class(each):
        return None
    if not _nulls(given_to(each)):
        return None
    over = keys(call.world, model, each)
    return next(((column, key) for column, key in over if column.nullable is False), None)


def _nulls(given: Given) -> bool:
    """Whether nothing says that children are deleted, or left to the database."""
    if "cascade" in given.keywords:
        text = given.text("cascade")
        if text is None or not {"all", "delete"}.isdisjoint(tokens(text)):
            return False
    return {"passive_deletes", "cascade_delete", "sa_relationship", "viewonly"}.isdisjoint(given.keywords)


def _ways(model: ModelInfo, relationship: RelationshipInfo, target: ModelInfo, table: str | None) -> set[str]:
    """The names by which code would speak of the children: those of relationships through their table, too."""
    through = (each.name for each in model.relationships.values() if each.secondary_table == table)
    return {relationship.name, target.ref.name.rsplit(".", 1)[-1], *through}


def _named_around(call: SessionCall) -> set[str]:
    """The names and attributes in the function around."""
    around = next((each for each in call.enclosing(call.call) if isinstance(each, n.FunctionDef)), None)
    if around is None:
        return set()
    nodes = list(walk(around))
    names = {each.id for each in nodes if isinstance(each, n.Name)}
    return names | {each.attr for each in nodes if isinstance(each, n.Attribute)}


def _hit(
    call: SessionCall, model: ModelInfo, relationship: RelationshipInfo, column: ColumnInfo, key: ForeignKeyInfo
) -> Hit:
    own = model.ref.name.rsplit(".", 1)[-1]
    child = f"{column.table}.{column.name}"
    by_database = (key.ondelete or "").upper() == "CASCADE"
    sqlmodel = model.flavour == "sqlmodel"
    if by_database:
        name, value = "passive_deletes", '"all"' if sqlmodel else "True"
    else:
        name, value = ("cascade_delete", "True") if sqlmodel else ("cascade", '"all, delete-orphan"')
    fix = None
    written = given_to(relationship)
    if written.call is not None and not relationship.made_by_backref and name not in written.keywords:
        fix = Fix(f"Add `{name}={value}`", False, (AddKeyword(written.call, name, value),))
    return Hit(
        call.at(call.call),
        f"This fails for an `{own}` that has `{relationship.name}`: the ORM sets `{child}` to NULL first, which is NOT "
        f"NULL. Add `{name}={value}` to `{full_name(relationship)}`.",
        (
            Note(relationship.place, "Nothing here says what becomes of the children."),
            Note(column.place, "This column is NOT NULL."),
        ),
        fix,
    )
