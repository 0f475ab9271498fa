from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.relationships.arguments import full_name, given_to
from sqlassay.rules.relationships.sides import configured, is_sure
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.syntax.place import Place

_SAYS = frozenset({"remote_side", "primaryjoin", "secondary", "link_model", "sa_relationship"})


@rule("ALC410", "missing-remote-side", severity=Severity.ERROR, fix="either")
class MissingRemoteSide(Rule):
    """A relationship of a class to itself is meant to lead to the parent, and does not say so with `remote_side`.

    ## Why
    Of a class that points to itself, SQLAlchemy takes every relationship for one-to-many, unless `remote_side` names
    the column on the parent's side. Two that name each other are then both one-to-many, and configuring the mappers
    raises `ArgumentError: ... are both of the same direction. Did you mean to set remote_side on the many-to-one
    side?` A single one annotated as a scalar does not raise: `Node.parent` then holds one of the children, which is a
    warning here.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Node(Base):
        __tablename__ = "nodes"

        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
        children: Mapped[list["Node"]] = relationship(back_populates="parent")
        parent: Mapped["Node | None"] = relationship(back_populates="children")
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Node(Base):
        __tablename__ = "nodes"

        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
        children: Mapped[list["Node"]] = relationship(back_populates="parent")
        parent: Mapped["Node | None"] = relationship(back_populates="children", remote_side=[id])
    ```

    ## Fix safety
    Safe where the two name each other: the code did not run before. Unsafe where one stands alone, which then loads the
    other end.

    ## What it cannot see
    Joins written by hand (`primaryjoin`), which may say it with `remote()`.

    ## References
    - [Adjacency list relationships](https://docs.sqlalchemy.org/en/20/orm/self_referential.html)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own to itself."""
        if not is_sure(declared.model, declared.model):
            return
        own = [each for each in configured(declared) if each.target == declared.model.ref and _says_nothing(each)]
        for each in own:
            other = declared.model.relationships.get(each.back_populates or "")
            if other is each:
                yield _paired(declared, each, each)
            elif other is not None and other in own and _is_parent(each, other):
                yield _paired(declared, each, other)
            elif each.back_populates is None and _is_scalar(each) and not each.viewonly:
                yield _alone(declared, each)


def _says_nothing(relationship: RelationshipInfo) -> bool:
    given = given_to(relationship)
    return relationship.certain and not relationship.secondary and _SAYS.isdisjoint(given.keywords)


def _is_scalar(relationship: RelationshipInfo) -> bool:
    """Whether the code itself says that it holds one object."""
    return relationship.uselist is False and (
        relationship.annotation is not None or given_to(relationship).keywords.keys() >= {"uselist"}
    )


def _is_parent(one: RelationshipInfo, other: RelationshipInfo) -> bool:
    """Whether of two relationships that name each other, `one` is to be told: the scalar, else the second."""
    if one.uselist is not other.uselist:
        return one.uselist is False
    return one.place.start > other.place.start


def _paired(declared: ModelDeclared, here: RelationshipInfo, other: RelationshipInfo) -> Hit:
    place = here.call or here.place
    return Hit(
        place,
        f"Configuring the mappers raises `ArgumentError`: `{full_name(here)}` and `{full_name(other)}` are both "
        f"one-to-many. Add `remote_side={_remote(declared)}` to the one that leads to the parent.",
        (Note(other.place, "The other side."),) if other is not here else (),
        _fix(declared, here, safe=here.uselist is False and other.uselist is True),
    )


def _alone(declared: ModelDeclared, here: RelationshipInfo) -> Hit:
    return Hit(
        here.call or here.place,
        f"`{full_name(here)}` is one-to-many and holds one of the rows that point to this one, not the one that it "
        f"points to. Add `remote_side={_remote(declared)}` if it leads to the parent.",
        fix=_fix(declared, here, safe=False),
        severity=Severity.WARNING,
    )


def _remote(declared: ModelDeclared) -> str:
    key = declared.model.primary_key
    return f'"{declared.model.ref.name.rsplit(".", 1)[-1]}.{key[0]}"' if len(key) == 1 else "..."


def _fix(declared: ModelDeclared, here: RelationshipInfo, *, safe: bool) -> Fix | None:
    call: Place | None = here.call
    if call is None or declared.model.flavour == "sqlmodel" or len(declared.model.primary_key) != 1:
        return None
    value = _remote(declared)
    key = declared.model.columns.get(declared.model.primary_key[0])
    if (
        key is not None
        and key.owner == declared.model.ref
        and key.place.start < here.place.start
        and key.call is not None
    ):
        value = f"[{key.attribute}]"
    return Fix(f"Add `remote_side={value}`", safe, (AddKeyword(call, "remote_side", value),))
