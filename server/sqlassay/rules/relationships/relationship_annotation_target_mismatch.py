from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Note, Rule, rule
from sqlassay.rules.models.columns import within
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.sides import configured, is_related, target_of
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from
from sqlassay.syntax.place import Place


@rule("ALC419", "relationship-annotation-target-mismatch", severity=Severity.WARNING, sqlalchemy=">=2.0", fix="unsafe")
class RelationshipAnnotationTargetMismatch(Rule):
    """A relationship is annotated with one mapped class and given another as its argument.

    ## Why
    The argument wins, silently: instances hold objects of the one class while type checkers and readers believe in the
    other.

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
        lines: Mapped[list["User"]] = relationship("Line")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Use instead
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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
    ```

    ## Fix safety
    Unsafe: it may be the annotation that is right. The fix puts the argument's class into the annotation.

    ## What it cannot see
    Annotations with several mapped classes, and classes that are not found. A class and its parent are no mismatch.

    ## References
    - [Declarative with relationship()](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#declarative-vs-imperative-forms)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Annotated relationships of a mapped class's own, with an argument."""
        for relationship in configured(declared):
            target = target_of(declared.world, relationship)
            argument = _argument(declared, relationship)
            if target is None or argument is None or relationship.annotation is None:
                continue
            said = list(_classes(declared.world, declared.path, relationship.annotation, relationship.place))
            if len(said) != 1 or is_related(declared.world, said[0][0], target.ref):
                continue
            other, place, text = said[0]
            name = target.ref.name.rsplit(".", 1)[-1]
            yield Hit(
                within(relationship.place, argument),
                f"`{full_name(relationship)}` holds `{name}`, as the argument says, and not `{other.name}`, as the "
                "annotation does. Remove the argument, or change the annotation.",
                (Note(target.place, f"`{name}` is this class."),),
                _fix(place, text, other, name),
            )


def _fix(place: Place, text: str, other: Ref, name: str) -> Fix | None:
    last = other.name.rsplit(".", 1)[-1]
    return Fix(f"Annotate with `{name}`", False, (Replace(place, text.replace(last, name)),)) if last in text else None


def _argument(declared: ModelDeclared, relationship: RelationshipInfo) -> n.Expr | None:
    """The class that a relationship is given as its first argument."""
    for statement in declared.node.body:
        match statement:
            case n.AnnAssign(value=n.Call(args=args, keywords=keywords)) if statement.start == relationship.place.start:
                if args:
                    return args[0]
                return next((each.value for each in keywords if each.name == "argument"), None)
            case _:
                pass
    return None


def _classes(world: World, path: str, node: n.Expr, place: Place) -> Iterator[tuple[Ref, Place, str]]:
    """The mapped classes that an annotation names: each with the place, and the code, of the name or string."""
    for each in walk(node):
        text = ""
        if isinstance(each, n.Constant) and isinstance(each.value, str):
            inner, text = expression_from(each.value), f'"{each.value}"'
        elif isinstance(each, n.Name):
            inner, text = each, each.id
        else:
            continue
        for name in walk(inner) if inner is not None else ():
            binding = names.resolve_expression(world, path, name) if isinstance(name, n.Name) else None
            if isinstance(binding, names.InProject) and binding.kind == "class":
                model = world.model(binding.ref)
                if model is not None and model.mapped:
                    yield binding.ref, within(place, each), text
