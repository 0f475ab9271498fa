from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Transform
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ModelQuery
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

_ENDS = frozenset({"all", "first", "one", "one_or_none", "count"})
"""Chains that end so can be written as a statement with the same result."""


@rule(
    "ALC514",
    "flask-model-query",
    severity=Severity.INFO,
    presets=("sqlalchemy-2.0",),
    sqlalchemy=">=2.0",
    fix="unsafe",
)
class FlaskModelQuery(Rule):
    """Rows are queried with `Model.query`, the legacy interface of Flask-SQLAlchemy.

    ## Why
    `Model.query` is a Query bound to the session of the application. Flask-SQLAlchemy's documentation calls it legacy
    and writes new code with `db.session.execute(db.select(...))`: type checkers know what such a statement gives, and
    it can be built, passed on and run by other sessions. It is neither deprecated nor going away, so this is off by
    default and belongs to a move to the 2.0 style.

    ## Example
    ```python
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()


    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))


    def named(name):
        return User.query.filter_by(name=name).all()
    ```

    ## Use instead
    ```python
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()


    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))


    def named(name):
        return db.session.scalars(db.select(User).filter_by(name=name)).all()
    ```

    ## Fix safety
    Unsafe: the rows are the same, but Query is a class that projects extend. Chains that end in `all()`, `first()`,
    `one()`, `one_or_none()` or `count()` are rewritten where the file knows the `SQLAlchemy` object; others, such as
    `first_or_404()` and `paginate()`, are left to you (`db.first_or_404(statement)`, `db.paginate(statement)`).

    ## What it cannot see
    Models whose base nobody can follow.

    ## References
    - [Legacy Query Interface](https://flask-sqlalchemy.palletsprojects.com/en/stable/legacy-query/)
    - [Modifying and Querying Data](https://flask-sqlalchemy.palletsprojects.com/en/stable/queries/)
    """

    def model_query(self, event: ModelQuery) -> Iterator[Hit]:
        """`Model.query`."""
        name = names.dotted_name(event.node.value) or event.model.name.rsplit(".", 1)[-1]
        yield Hit(
            event.at(event.node),
            f"`{name}.query` is legacy. Build the statement with `select({name})` and run it on the session.",
            fix=_fix(event),
        )


def _fix(event: ModelQuery) -> Fix | None:
    model = event.world.model(event.model)
    db = _extension(event.world, event.path)
    if event.terminal not in _ENDS or db is None or model is None:
        return None
    joined = any(each.lazy == "joined" and each.uselist is not False for each in model.relationships.values())
    args = {
        "entities": "1",
        "terminal": event.terminal,
        "session": f"{db}.session",
        "select": f"{db}.select",
        "func": f"{db}.func",
        **({"unique": "true"} if joined else {}),
    }
    return Fix("Write it as a statement", False, (Transform(event.at(event.chain), "query-to-select", args),))


def _extension(world: World, path: str) -> str | None:
    """The name under which the file has its Flask-SQLAlchemy object."""
    facts = world.facts(path)
    for name in (*facts.imports, *facts.variables) if facts is not None else ():
        binding = names.resolve(world, path, name)
        if isinstance(binding, names.InProject) and binding.kind == "variable" and _is_extension(world, binding.ref):
            return name
    return None


def _is_extension(world: World, ref: Ref) -> bool:
    fact = names.variable_fact(world, ref)
    if fact is None or not isinstance(fact.value, n.Call):
        return False
    made = names.resolve_expression(world, ref.path, fact.value.func)
    return isinstance(made, names.Outside) and canonical(made.name) == "flask:SQLAlchemy"
