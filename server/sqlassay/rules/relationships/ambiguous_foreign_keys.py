from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.paths import Path, is_one_split_key, paths
from sqlassay.rules.relationships.sides import configured, is_sure, target_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ModelInfo, RelationshipInfo


@rule("ALC408", "ambiguous-foreign-keys", severity=Severity.ERROR, fix="unsafe")
class AmbiguousForeignKeys(Rule):
    """Several foreign keys join the two tables of a relationship, and nothing says which it goes over.

    ## Why
    Configuring the mappers raises `AmbiguousForeignKeysError`, and no model of the program can be used. `foreign_keys=`
    picks the column.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        buyer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        seller_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        buyer: Mapped["User"] = relationship()
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


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        buyer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        seller_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        buyer: Mapped["User"] = relationship(foreign_keys=[buyer_id])
    ```

    ## Fix safety
    Unsafe: the fix takes the key whose column has the relationship's name (`buyer_id` for `buyer`), which is a guess.

    ## What it cannot see
    Tables that are not all read. Keys to the two parts of one composite primary key are `composite-fk-as-separate-fks`.

    ## References
    - [Handling multiple join paths](https://docs.sqlalchemy.org/en/20/orm/join_conditions.html#handling-multiple-join-paths)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own whose join is certainly ambiguous."""
        for relationship in configured(declared):
            target = target_of(declared.world, relationship)
            if (
                relationship.join != "ambiguous"
                or not relationship.certain
                or target is None
                or not is_sure(declared.model, target)
            ):
                continue
            found = paths(declared.world, declared.model, target)
            if is_one_split_key(declared.world, found):
                continue
            keys = ", ".join(f"`{each.table}.{each.column.name}`" for each in found)
            which = f" ({keys})" if keys else ""
            yield Hit(
                relationship.call or relationship.place,
                f"Configuring the mappers raises `AmbiguousForeignKeysError`: several foreign keys join "
                f"`{declared.model.table}` and `{target.table}`{which}. Pick one for `{full_name(relationship)}` with "
                "`foreign_keys=`.",
                tuple(Note(each.key.place, "One of the keys.") for each in found[:4]),
                _fix(declared, relationship, target, found),
            )


def _fix(declared: ModelDeclared, relationship: RelationshipInfo, target: ModelInfo, found: list[Path]) -> Fix | None:
    """The key that is called as the relationship is; on the other side, as the class is."""
    if relationship.call is None or declared.model.flavour == "sqlmodel":
        return None
    names = (f"{relationship.name}_id", f"{relationship.name}_fk", f"id_{relationship.name}", f"{relationship.name}id")
    fitting = [each for each in found if each.column.name in names and each.table == declared.model.table_key]
    if len(fitting) != 1 or relationship.secondary:
        return None
    column = fitting[0].column
    if column.owner == declared.model.ref and column.call is not None and column.place.start < relationship.place.start:
        value = f"[{column.attribute}]"
    else:
        value = f'"{declared.model.ref.name.rsplit(".", 1)[-1]}.{column.attribute}"'
    return Fix(f"Add `foreign_keys={value}`", False, (AddKeyword(relationship.call, "foreign_keys", value),))
