from __future__ import annotations

import difflib
from collections.abc import Iterator

from sqlassay.facts import inner
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import within
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import RelationshipInfo
from sqlassay.syntax import nodes as n


@rule("ALC401", "relationship-target-not-found", severity=Severity.ERROR, fix="unsafe")
class RelationshipTargetNotFound(Rule):
    """A relationship names a class that no model of the project has.

    ## Why
    SQLAlchemy looks the name up when the mappers are configured, at the first query of any model or the first instance
    made, and raises `InvalidRequestError: ... expression 'Lin' failed to locate a name`. Every mapper fails from then
    on, not only this one.

    ## Example
    ```python
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


    class Base(DeclarativeBase):
        pass


    class Order(Base):
        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        lines = relationship("Lines")


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
        lines = relationship("Line")


    class Line(Base):
        __tablename__ = "lines"

        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    ```

    ## Fix safety
    Unsafe: the nearest name is a guess.

    ## What it cannot see
    Classes that other packages map, that functions make, or that automap finds: where there may be any, nothing is
    said. The models that a migration declares for itself are not judged.

    ## References
    - [Late evaluation of relationship arguments](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#late-evaluation-of-relationship-arguments)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Relationships of a mapped class's own whose target is certainly nowhere."""
        for relationship in configured(declared):
            if relationship.target_found is not False or not relationship.target_text or not declared.model.certain:
                continue
            text = relationship.target_text
            known = {
                ref.name.rsplit(".", 1)[-1]
                for ref in declared.world.models()
                if not inner.apart(ref.name, declared.model.ref.name)
                and (model := declared.world.model(ref)) is not None
                and model.registry == declared.model.registry
            }
            close = difflib.get_close_matches(text.rsplit(".", 1)[-1], sorted(known), n=1, cutoff=0.75)
            node = _string(declared, relationship, text)
            place = within(relationship.place, node) if node is not None else relationship.call or relationship.place
            advice = f"Did you mean `{close[0]}`?" if close else "Map it, or import its module's package."
            fix = None
            if close and node is not None:
                fix = Fix(f'Write `"{close[0]}"`', False, (Replace(place, f'"{close[0]}"'),))
            yield Hit(
                place,
                f"Configuring the mappers raises `InvalidRequestError`: no model is called `{text}`, to which "
                f"`{full_name(relationship)}` leads. {advice}",
                fix=fix,
            )


def _string(declared: ModelDeclared, relationship: RelationshipInfo, text: str) -> n.Constant | None:
    """The plain string that names the target as a relationship's first argument."""
    for statement in declared.node.body:
        match statement:
            case n.AnnAssign(value=n.Call() as call) | n.Assign(value=n.Call() as call) if (
                statement.start == relationship.place.start
            ):
                first = call.args[0] if call.args else relationship.keywords.get("argument")
                return first if isinstance(first, n.Constant) and first.value == text else None
            case _:
                pass
    return None
