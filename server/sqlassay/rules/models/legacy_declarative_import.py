from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, MoveImport
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.semantics.events import Imported
from sqlassay.syntax import nodes as n

_OLD = frozenset(("sqlalchemy.ext.declarative", "sqlalchemy.ext.declarative.api"))
_WARNS = frozenset(("declarative_base", "as_declarative", "has_inherited_table", "synonym_for"))
"""Those whose old home warns when they are called; the others are only found there for old times' sake."""

_MOVED = _WARNS | {"declared_attr", "DeclarativeMeta"}


@rule("ALC323", "legacy-declarative-import", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="safe")
class LegacyDeclarativeImport(Rule):
    """A name of the declarative system is imported from `sqlalchemy.ext.declarative`, where it no longer lives.

    ## Why
    `declarative_base`, `declared_attr` and what belongs to them moved to `sqlalchemy.orm` in SQLAlchemy 1.4. In 2.0
    the old functions work by way of a wrapper that gives a `MovedIn20Warning` each time; where warnings are errors,
    as in many test suites, that is where the program stops.

    ## Example
    ```python
    from sqlalchemy.ext.declarative import declarative_base

    Base = declarative_base()
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()
    ```

    ## Fix safety
    Safe: the functions are the same ones. Only the import changes.

    ## What it cannot see
    `import sqlalchemy.ext.declarative` with the names spelt out where they are used. Imports in an `if` or a `try`
    are left alone: that is how a program serves several versions. `ConcreteBase`, `AbstractConcreteBase` and
    `DeferredReflection` still live in `sqlalchemy.ext.declarative` and are right.

    ## References
    - [Declarative becomes a first class API](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#declarative-becomes-a-first-class-api)
    - [declarative_base](https://docs.sqlalchemy.org/en/20/orm/mapping_api.html#sqlalchemy.orm.declarative_base)
    """

    def imported(self, imported: Imported) -> Iterator[Hit]:
        """Each import of such names, unless it is one of two ways to get at them."""
        node = imported.node
        if not isinstance(node, n.ImportFrom) or node.module not in _OLD or node.level:
            return
        moved = tuple(name for name, _ in node.names if name in _MOVED)
        if not moved or any(isinstance(each, n.If | n.Try) for each in imported.enclosing(node)):
            return
        place = imported.at(node)
        listed = " and ".join(f"`{each}`" for each in moved)
        warns = any(each in _WARNS for each in moved) and imported.world.allows(">=2.0")
        if warns:
            message = f"SQLAlchemy 2.0 gives a MovedIn20Warning when {listed} of `{node.module}` is called"
        else:
            message = (
                f"SQLAlchemy 1.4 moved {listed} out of `{node.module}`, which keeps the old name for old code only"
            )
        yield Hit(
            place,
            f"{message}. Import from `sqlalchemy.orm`.",
            fix=Fix(
                "Import from `sqlalchemy.orm`", True, tuple(MoveImport(place, each, "sqlalchemy.orm") for each in moved)
            ),
            severity=None if warns else Severity.INFO,
            tags=("deprecated",),
        )
