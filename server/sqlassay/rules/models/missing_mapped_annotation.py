from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, maps_dataclass, own_columns, own_relationships
from sqlassay.rules.models.mapped_form import assignment, column_fix, local_name, mapped_type, shadowed
from sqlassay.rules.models.related import annotation_of
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.syntax import nodes as n


@rule(
    "ALC302",
    "missing-mapped-annotation",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
    fix="safe",
)
class MissingMappedAnnotation(Rule):
    """An attribute made with `mapped_column` or `relationship` has no `Mapped[...]` annotation.

    ## Why
    Without the annotation, mypy and pyright see `Any` wherever the attribute is read: a misspelt name behind it, a
    None that nobody looked for, a list taken for one object all pass. Nothing is wrong at run time.

    ## Example
    ```python
    from sqlalchemy import ForeignKey, Integer, String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        age = mapped_column(Integer)
        name = mapped_column(String(50), nullable=False)
        posts = relationship("Post", back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author = relationship("User", back_populates="posts")
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey, String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        age: Mapped[int | None] = mapped_column()
        name: Mapped[str] = mapped_column(String(50))
        posts: Mapped[list["Post"]] = relationship("Post", back_populates="author")


    class Post(Base):
        __tablename__ = "posts"

        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
        author: Mapped["User"] = relationship("User", back_populates="posts")
    ```

    ## Fix safety
    Safe: the table and the mapping stay the same. A column that may be NULL gets `| None`; the SQL type stays unless
    it is the one that SQLAlchemy takes for the annotation. A relationship is annotated where the foreign keys say
    whether it is one object or many. Nothing is offered for columns whose Python type is not certain (JSON, ARRAY,
    types of your own), for relationships with a join of their own or to the same table, and in dataclasses, whose
    fields are their annotations.

    ## What it cannot see
    Attributes inside `@declared_attr` methods.

    ## References
    - [mapped_column derives the datatype and nullability from the Mapped annotation](https://docs.sqlalchemy.org/en/20/orm/declarative_tables.html#mapped-column-derives-the-datatype-and-nullability-from-the-mapped-annotation)
    - [Declarative vs. imperative forms of relationship](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#declarative-vs-imperative-forms)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Each attribute that the class body assigns without an annotation."""
        if is_migration(declared.world, declared.path):
            return
        for column in own_columns(declared):
            if column.style == "mapped" and column.annotation is None and assignment(declared, column) is not None:
                found = mapped_type(declared, column)
                inner = found[1] if found is not None else "..."
                title = f"Write `{column.attribute}: Mapped[{inner}]`"
                yield _hit(declared, column.attribute, column, inner, column_fix(declared, column, None, title))
        for each in own_relationships(declared):
            statement = assignment(declared, each)
            if each.annotation is None and statement is not None and not _of_sqlmodel(statement):
                annotation = annotation_of(declared, each)
                yield _hit(declared, each.name, each, annotation[1] if annotation else "...", _fix(declared, each))


def _of_sqlmodel(statement: n.Assign) -> bool:
    """`Relationship()` of SQLModel, which has annotations of its own."""
    match statement.value:
        case n.Call(func=n.Name(id="Relationship") | n.Attribute(attr="Relationship")):
            return True
        case _:
            return False


def _hit(
    declared: ModelDeclared, attribute: str, what: ColumnInfo | RelationshipInfo, inner: str, fix: Fix | None
) -> Hit:
    return Hit(
        what.call or what.place,
        f"Type checkers see `Any` in `{declared.fact.qualname.rsplit('.', 1)[-1]}.{attribute}`. "
        f"Annotate it: `{attribute}: Mapped[{inner}]`.",
        fix=fix,
    )


def _fix(declared: ModelDeclared, relationship: RelationshipInfo) -> Fix | None:
    found = annotation_of(declared, relationship)
    if found is None or maps_dataclass(declared.world, declared.model.ref):
        return None
    wrapper, inner = found
    annotation = f"{local_name(declared.world, declared.path, wrapper)}[{inner}]"
    if shadowed(declared, annotation):
        return None
    place = relationship.place
    ops: list[AnyOp] = [Transform(place, "annotate", {"annotation": annotation})]
    if annotation.startswith(f"{wrapper}["):
        ops.append(AddImport(place, "sqlalchemy.orm", wrapper))
    return Fix(f"Write `{relationship.name}: {annotation}`", declared.model.mapped, tuple(ops))
