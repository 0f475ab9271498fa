from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.custom_classes import header, is_extended, library_bases, says, set_attribute
from sqlassay.semantics import names
from sqlassay.semantics.events import ClassDeclared

_TYPES = frozenset(("TypeDecorator", "UserDefinedType", "ExternalType"))


@rule("ALC331", "typedecorator-missing-cache-ok", severity=Severity.WARNING, sqlalchemy=">=1.4", fix="unsafe")
class TypedecoratorMissingCacheOk(Rule):
    """A TypeDecorator (or UserDefinedType) does not say `cache_ok`: statements that use it are compiled each time.

    ## Why
    SQLAlchemy keeps the SQL that it has compiled for a statement. It cannot know whether two objects of a type of your
    own make the same SQL; the class says so with `cache_ok = True`. Without it, SQLAlchemy warns, and compiles every
    statement with a column of that type anew, each time. `cache_ok` is not inherited: a subclass says it again.

    `cache_ok = False` says that it must not be cached, without the warning.

    ## Example
    ```python
    from sqlalchemy import String, TypeDecorator


    class Lowered(TypeDecorator):
        impl = String

        def process_bind_param(self, value, dialect):
            return value.lower() if value else value
    ```

    ## Use instead
    ```python
    from sqlalchemy import String, TypeDecorator


    class Lowered(TypeDecorator):
        impl = String
        cache_ok = True

        def process_bind_param(self, value, dialect):
            return value.lower() if value else value
    ```

    ## Fix safety
    Unsafe: `True` is right where everything that the type's `__init__` is given, and that changes the SQL, is hashable
    and kept under the argument's name. With a dict or a list among them it is wrong.

    ## What it cannot see
    Classes that are only there to be inherited from, in another module. Those with a base that it does not know are
    left alone, and those without an `impl`.

    ## References
    - [Object will not produce a cache key](https://docs.sqlalchemy.org/en/20/errors.html#error-cprf)
    - [ExternalType.cache_ok](https://docs.sqlalchemy.org/en/20/core/type_api.html#sqlalchemy.types.ExternalType.cache_ok)
    """

    def class_declared(self, declared: ClassDeclared) -> Iterator[Hit]:
        """A type of the project whose own body does not say it."""
        bases = library_bases(declared)
        if bases is None or bases.isdisjoint(_TYPES) or says(declared, ("cache_ok",)) or is_extended(declared):
            return
        if "TypeDecorator" in bases and names.find_attribute(declared.world, declared.ref, "impl") is None:
            return
        insert = set_attribute(declared, "cache_ok = True", "impl")
        yield Hit(
            header(declared),
            f"Every statement with a `{declared.fact.qualname}` is compiled anew each time it runs: SQLAlchemy may not "
            "cache it. Set `cache_ok = True`, or False where its arguments are not hashable.",
            fix=Fix("Set `cache_ok = True`", False, (insert,)) if insert is not None else None,
        )
