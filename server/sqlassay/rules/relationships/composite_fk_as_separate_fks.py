from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.paths import is_one_split_key, paths
from sqlassay.rules.relationships.sides import configured, is_sure, target_of
from sqlassay.semantics.events import ModelDeclared


@rule("ALC428", "composite-fk-as-separate-fks", severity=Severity.ERROR)
class CompositeFkAsSeparateFks(Rule):
    """A relationship goes to a table with a composite primary key, and each part has a foreign key of its own.

    ## Why
    Two keys are two ways to join: configuring the mappers raises `AmbiguousForeignKeysError`. At the database they say
    something else, too: that each part exists somewhere, not that the pair does, and most databases refuse a key to a
    column that is not unique by itself. One `ForeignKeyConstraint` over both columns says what is meant.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Room(Base):
        __tablename__ = "rooms"

        house: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)


    class Booking(Base):
        __tablename__ = "bookings"

        id: Mapped[int] = mapped_column(primary_key=True)
        house: Mapped[int] = mapped_column(ForeignKey("rooms.house"))
        number: Mapped[int] = mapped_column(ForeignKey("rooms.number"))
        room: Mapped["Room"] = relationship()
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKeyConstraint
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Room(Base):
        __tablename__ = "rooms"

        house: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[int] = mapped_column(primary_key=True)


    class Booking(Base):
        __tablename__ = "bookings"
        __table_args__ = (ForeignKeyConstraint(["house", "number"], ["rooms.house", "rooms.number"]),)

        id: Mapped[int] = mapped_column(primary_key=True)
        house: Mapped[int]
        number: Mapped[int]
        room: Mapped["Room"] = relationship()
    ```

    ## Fix safety
    No fix: the schema changes.

    ## What it cannot see
    Tables that are not all read, and such keys without a relationship over them.

    ## References
    - [Defining foreign keys](https://docs.sqlalchemy.org/en/20/core/constraints.html#defining-foreign-keys)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own whose join is ambiguous for this."""
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
                ours = ", ".join(f'"{each.column.name}"' for each in found)
                theirs = ", ".join(f'"{each.to.key}.{each.key.column}"' for each in found)
                yield Hit(
                    relationship.call or relationship.place,
                    f"Configuring the mappers raises `AmbiguousForeignKeysError`: each part of the primary key of "
                    f"`{found[0].to.key}` has a foreign key of its own, and `{full_name(relationship)}` cannot tell "
                    f"them apart. Write one `ForeignKeyConstraint([{ours}], [{theirs}])`.",
                    tuple(Note(each.key.place, "A part of the key.") for each in found),
                )
