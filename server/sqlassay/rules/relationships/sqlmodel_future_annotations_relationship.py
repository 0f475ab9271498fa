from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.relationships.arguments import full_name
from sqlassay.rules.relationships.sides import configured
from sqlassay.semantics.events import ModelDeclared
from sqlassay.syntax import nodes as n


@rule("ALC431", "sqlmodel-future-annotations-relationship", severity=Severity.ERROR)
class SqlmodelFutureAnnotationsRelationship(Rule):
    """A SQLModel relationship is annotated with more than a class under `from __future__ import annotations`.

    ## Why
    With that import every annotation is a string, and SQLModel hands the whole string to SQLAlchemy as the name of a
    class: `list[Hero]` is none. Configuring the mappers raises `InvalidRequestError: ... expression
    "relationship('list[Hero]')" seems to be using a generic class as the argument`, and no model can be used.

    ## Example
    ```python
    from __future__ import annotations

    from sqlmodel import Field, Relationship, SQLModel


    class Team(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        heroes: list[Hero] = Relationship(back_populates="team")


    class Hero(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int = Field(foreign_key="team.id")
        team: Team = Relationship(back_populates="heroes")
    ```

    ## Use instead
    ```python
    from sqlmodel import Field, Relationship, SQLModel


    class Team(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        heroes: list["Hero"] = Relationship(back_populates="team")


    class Hero(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int = Field(foreign_key="team.id")
        team: Team = Relationship(back_populates="heroes")
    ```

    ## Fix safety
    No fix: without the import, other annotations of the module may need quotes.

    ## What it cannot see
    A SQLModel that reads such strings: none did up to 0.0.50.

    ## References
    - [Relationship attributes](https://sqlmodel.tiangolo.com/tutorial/relationship-attributes/define-relationships-attributes/)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """The relationships of a SQLModel table's own."""
        facts = declared.world.facts(declared.path)
        future = facts.imports.get("annotations") if facts is not None else None
        if declared.model.flavour != "sqlmodel" or future is None or future.module != "__future__":
            return
        for relationship in configured(declared):
            if not isinstance(relationship.annotation, n.Subscript | n.BinOp):
                continue
            if "sa_relationship" in relationship.keywords or relationship.call is None:
                continue
            yield Hit(
                relationship.place,
                f"Configuring the mappers raises `InvalidRequestError`: with `from __future__ import annotations`, the "
                f"whole annotation of `{full_name(relationship)}` is taken for the name of a class. Remove the import, "
                "and quote what needs it.",
            )
