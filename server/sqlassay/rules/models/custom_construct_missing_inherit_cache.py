from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.custom_classes import header, is_extended, library_bases, says, set_attribute
from sqlassay.semantics.events import ClassDeclared

_CONSTRUCTS = frozenset(
    (
        "ClauseElement ColumnElement FunctionElement GenericFunction ReturnTypeFromArgs AnsiFunction ColumnClause "
        "UnaryExpression BinaryExpression ClauseList FromClause Select Insert Update Delete"
    ).split()
)
_NEVER_CACHED = frozenset(("DDLElement", "ExecutableDDLElement", "DDL"))
_SAYS = ("inherit_cache", "_traverse_internals", "_cache_key_traversal")


@rule(
    "ALC354",
    "custom-construct-missing-inherit-cache",
    severity=Severity.WARNING,
    sqlalchemy=">=1.4",
    fix="unsafe",
)
class CustomConstructMissingInheritCache(Rule):
    """A SQL construct of your own does not say `inherit_cache`: statements that use it are compiled each time.

    ## Why
    SQLAlchemy keeps the SQL that it has compiled for a statement. For a subclass of `FunctionElement`,
    `ColumnElement` or another construct it cannot know whether the key of the parent still tells two of them apart.
    Until the class says `inherit_cache = True`, SQLAlchemy warns, and compiles every statement with it anew, each time.
    The attribute is not inherited: each class says it for itself.

    `inherit_cache = False` says that it must not be cached, without the warning.

    ## Example
    ```python
    from sqlalchemy import DateTime
    from sqlalchemy.ext.compiler import compiles
    from sqlalchemy.sql.functions import FunctionElement


    class utcnow(FunctionElement):
        type = DateTime()


    @compiles(utcnow)
    def compile_utcnow(element, compiler, **kw):
        return "CURRENT_TIMESTAMP"
    ```

    ## Use instead
    ```python
    from sqlalchemy import DateTime
    from sqlalchemy.ext.compiler import compiles
    from sqlalchemy.sql.functions import FunctionElement


    class utcnow(FunctionElement):
        type = DateTime()
        inherit_cache = True


    @compiles(utcnow)
    def compile_utcnow(element, compiler, **kw):
        return "CURRENT_TIMESTAMP"
    ```

    ## Fix safety
    Unsafe: `True` is right where the class has no state of its own that changes the SQL. A class that keeps arguments
    on itself would get the SQL of another one out of the cache.

    ## What it cannot see
    Classes that are only there to be inherited from, in another module. Those with a base that it does not know are
    left alone.

    ## References
    - [Object will not produce a cache key](https://docs.sqlalchemy.org/en/20/errors.html#error-cprf)
    - [Enabling caching support for custom constructs](https://docs.sqlalchemy.org/en/20/core/compiler.html#enabling-caching-support-for-custom-constructs)
    """

    def class_declared(self, declared: ClassDeclared) -> Iterator[Hit]:
        """A construct of the project whose own body says nothing of it."""
        bases = library_bases(declared)
        if bases is None or bases.isdisjoint(_CONSTRUCTS) or bases & _NEVER_CACHED:
            return
        if says(declared, _SAYS) or is_extended(declared):
            return
        insert = set_attribute(declared, "inherit_cache = True", "type")
        yield Hit(
            header(declared),
            f"Every statement with `{declared.fact.qualname}` is compiled anew each time it runs: SQLAlchemy may not "
            "cache it. Set `inherit_cache = True`, or False where it has state of its own.",
            fix=Fix("Set `inherit_cache = True`", False, (insert,)) if insert is not None else None,
        )
