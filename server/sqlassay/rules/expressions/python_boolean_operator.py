from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.expressions.conditions import is_condition, is_value
from sqlassay.rules.spelling import sqlalchemy_name
from sqlassay.semantics.events import BooleanOperator
from sqlassay.semantics.values import Mapped, TextClause, Value, is_sql
from sqlassay.syntax import nodes as n

_FUNCTIONS = {"and": "and_", "or": "or_", "not": "not_", "any": "or_", "all": "and_"}

_TRUTH = {"==": False, "!=": True}
"""What Python makes of a comparison of a column: is it the same object? All others raise."""

_KEPT = {
    ("and", False): "only the first condition reaches the database",
    ("and", True): "the first condition is lost",
    ("or", False): "the first condition is lost",
    ("or", True): "only the first condition reaches the database",
    ("not", False): "the condition is true for every row",
    ("not", True): "the condition is false for every row",
}
"""By operator and by what Python takes its first operand for."""


@rule("ALC551", "python-boolean-operator", severity=Severity.ERROR, fix="either")
class PythonBooleanOperator(Rule):
    """`and`, `or` or `not` stands between SQL conditions: Python decides it, and a condition is lost.

    ## Why
    Python does not let a library say what `and`, `or` and `not` mean. It asks the first operand whether it is true and
    goes on with one of the two: the other never becomes SQL. A comparison with `==` counts as false, one with `!=` and
    a mapped attribute as true, whatever the rows hold; other SQL expressions raise `TypeError: Boolean value of this
    clause is not defined`. So `where(User.id == 1 and User.active)` filters by the id alone, and
    `where(not User.active)` is `WHERE false`. The same goes for `x if condition else y`, `any()` and `all()`.

    ## Example
    ```python
    from sqlalchemy import select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    statement = select(User).where(User.id == 1 and User.name == "root")
    ```

    ## Use instead
    ```python
    from sqlalchemy import and_, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class User(Base):
        __tablename__ = "users"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]


    statement = select(User).where(and_(User.id == 1, User.name == "root"))
    ```

    In `where()`, a comma says the same.

    ## Fix safety
    The fix writes `and_()`, `or_()` or `not_()` and imports it. It is safe where every operand is SQL: the query then
    says what the code says. Where an operand may be a value of Python's, the fix is unsafe.

    ## What it cannot see
    Operands of which nobody knows that they are SQL. Nothing is said of `condition and X` where `condition` is a value
    of Python's: that is a way to switch `X` on and off. `if` and `while` statements that ask a SQL expression are not
    looked at either.

    ## References
    - [and_()](https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.and_)
    - [Conjunctions](https://docs.sqlalchemy.org/en/20/core/operators.html#conjunction-operators)
    """

    def boolean_operator(self, event: BooleanOperator) -> Iterator[Hit]:
        """Python asks a SQL expression whether it is true, where SQL was to ask."""
        node = event.node
        asked = event.operands[:-1] if isinstance(node, n.BoolOp) else event.operands
        if not any(is_sql(each) for each in asked):
            return
        all_sql = all(is_sql(each) or isinstance(each, TextClause) for each in event.operands)
        kept = isinstance(node, n.BoolOp) and all_sql and is_value(event, node)
        if not kept and not is_condition(event, node, event.clause):
            return
        match node:
            case n.BoolOp():
                yield _operator(event, node.op, node.values, all_sql)
            case n.UnaryOp():
                yield _operator(event, "not", (node.operand,), all_sql)
            case n.Call():
                yield _builtin(event, node)
            case _:
                yield Hit(
                    event.at(node),
                    "Python decides this `if` before there is SQL, and decides it alike for all rows. "
                    "Write `case((condition, value), else_=other)`.",
                )


def _operator(event: BooleanOperator, op: str, operands: tuple[n.Expr, ...], all_sql: bool) -> Hit:
    place = event.at(event.node)
    function, imports = sqlalchemy_name(event, place, _FUNCTIONS[op])
    holes = ", ".join(f"{{{number}}}" for number in range(len(operands)))
    replace = Replace(place, f"{function}({holes})", tuple(event.at(each) for each in operands))
    return Hit(
        place,
        f"Python decides `{op}` before there is SQL: {_harm(op, operands[0], event.operands[0])}. "
        f"Write `{function}(...)`.",
        fix=Fix(f"Write `{function}()`", all_sql, (replace, *imports)),
    )


def _harm(op: str, first: n.Expr, value: Value) -> str:
    truth = _truth(first, value)
    return (
        _KEPT.get((op, truth), f"`{op}` raises `TypeError`, or loses a condition")
        if truth is not None
        else (f"`{op}` raises `TypeError`, or loses a condition")
    )


def _truth(node: n.Expr, value: Value) -> bool | None:
    """What Python takes a SQL expression for; None where it raises, or nobody knows."""
    if isinstance(value, Mapped):
        return True
    match node:
        case n.Compare(ops=(op,), comparators=(other,)) if not (isinstance(other, n.Constant) and other.value is None):
            return _TRUTH.get(op)
        case _:
            return None


def _builtin(event: BooleanOperator, node: n.Call) -> Hit:
    place = event.at(node)
    name = node.func.id if isinstance(node.func, n.Name) else "any"
    function, imports = sqlalchemy_name(event, place, _FUNCTIONS.get(name, "or_"))
    fix = None
    # A generator that is the only argument has no parentheses of its own to take along.
    if len(node.args) == 1 and not (isinstance(node.args[0], n.Comprehension) and node.args[0].kind == "generator"):
        replace = Replace(place, f"{function}(*{{0}})", (event.at(node.args[0]),))
        fix = Fix(f"Write `{function}()`", False, (replace, *imports))
    return Hit(
        place,
        f"`{name}()` looks at the conditions in Python, before there is SQL, and gives one answer for all rows. "
        f"Write `{function}(*conditions)`.",
        fix=fix,
    )
