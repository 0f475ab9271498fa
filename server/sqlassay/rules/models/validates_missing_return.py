from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import own_expressions, own_statements, walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Insert
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.validators import Validator, validator
from sqlassay.semantics.events import FunctionEnd
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

_ALWAYS_RAISES = ("raise", "fail", "abort", "error", "exit")
"""What the names of functions that never return have in them."""


@rule("ALC330", "validates-missing-return", severity=Severity.ERROR, fix="either")
class ValidatesMissingReturn(Rule):
    """A `@validates` method does not return the value: the attribute is set to None.

    ## Why
    SQLAlchemy sets the attribute to what the validator returns. One that only checks, and ends without `return value`,
    turns every value that passes into None; the row is then stored with NULL, or refused.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str | None]

        @validates("email")
        def check_email(self, key, value):
            if "@" not in value:
                raise ValueError("no address")
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str | None]

        @validates("email")
        def check_email(self, key, value):
            if "@" not in value:
                raise ValueError("no address")
            return value
    ```

    ## Fix safety
    Safe where the method returns nothing at all: `return value` is put at its end. Unsafe where only some ways through
    it end without a value, which may be meant.

    ## What it cannot see
    Ways that depend on the key, or on whether there is a value at all (`if value is not None: ... return value`):
    None is then what the value was. A method that always raises, itself or through a function that is called so
    (`fail`, `abort`), makes the attribute read-only and is right.

    ## References
    - [Simple validators](https://docs.sqlalchemy.org/en/20/orm/mapped_attributes.html#simple-validators)
    """

    def function_end(self, end: FunctionEnd) -> Iterator[Hit]:
        """A validator out of whose end control comes."""
        found = validator(end)
        if found is None or not end.falls_off or end.broken or end.yielded:
            return
        returns = [node for _, node in end.returned if node.value is not None]
        if not returns:
            if not _always_raises(end.node):
                yield _hit(end, found, "every value that is set becomes None", safe=True)
        elif _is_oversight(end.node, found):
            yield _hit(end, found, "on this way through it the attribute becomes None", safe=False)


def _hit(end: FunctionEnd, found: Validator, what: str, *, safe: bool) -> Hit:
    whole = end.at(end.node)
    start = whole.start + end.node.name_start - end.node.start
    name = Place(whole.path, whole.anchor, start, start + len(end.node.name.encode()))
    return Hit(
        name,
        f"`{end.node.name}` ends without `return {found.value}`: {what}. Return the value.",
        fix=Fix(f"Add `return {found.value}`", safe, (Insert(whole, f"return {found.value}", "last"),)),
        severity=None if safe else Severity.WARNING,
    )


def _always_raises(node: n.FunctionDef) -> bool:
    """Whether the last thing done is to call something that, by its name, does not come back."""
    last = node.body[-1] if node.body else None
    match last:
        case n.ExprStmt(value=n.Call(func=n.Name(id=name) | n.Attribute(attr=name))):
            return any(each in name.lower() for each in _ALWAYS_RAISES)
        case _:
            return False


def _is_oversight(node: n.FunctionDef, found: Validator) -> bool:
    """Whether nothing says that the ways without a value are meant."""
    if _always_raises(node):
        return False
    asked = False
    for each in own_statements(node.body):
        match each:
            case n.If(test=test) if _returns(each):
                asked = True
                if _is_meant(test, found):
                    return False
            case n.Try() | n.For() | n.While() | n.With() | n.Match() if _returns(each):
                return False
            case n.Assign() | n.AnnAssign() | n.AugAssign():
                # The value may have become something else, which nobody follows here.
                return False
            case _:
                pass
    return asked


def _returns(node: n.Stmt) -> bool:
    return any(isinstance(each, n.Return) and each.value is not None for each in own_expressions((node,)))


def _is_meant(test: n.Expr, found: Validator) -> bool:
    """Whether a condition asks for the key, or whether there is a value."""
    if any(isinstance(each, n.Name) and each.id == found.key for each in walk(test)):
        return True
    for each in walk(test):
        match each:
            case n.Compare(left=n.Name(id=name), comparators=(n.Constant(kind="none"),)) if name == found.value:
                return True
            case n.Call(func=n.Name(id="isinstance" | "len" | "bool" | "hasattr")):
                return True
            case _:
                pass
    parts = test.values if isinstance(test, n.BoolOp) else (test,)
    for each in parts:
        plain = each.operand if isinstance(each, n.UnaryOp) and each.op == "not" else each
        if isinstance(plain, n.Name) and plain.id == found.value:
            return True
    return False
