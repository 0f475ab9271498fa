from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, AnyOp, Fix, RemoveKeyword, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import DEFAULTS, dotted, fails_on_second, is_dataclass, made_once, uses_local
from sqlassay.rules.models.fresh_values import TAKES_NOTHING, TIME, Fresh, fresh
from sqlassay.semantics import names
from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n


@rule("ALC305", "eager-default-call", severity=Severity.ERROR, fix="safe")
class EagerDefaultCall(Rule):
    """A column's default is the result of a call: one value, made when the module is imported, for every row.

    ## Why
    `default=datetime.now()` calls the clock once, while the class is being made. SQLAlchemy gets a plain value and
    writes it into every row until the process is started again. With `uuid4()` or a token, all rows get the same one;
    on a primary key or a unique column the second INSERT fails with an `IntegrityError`. `onupdate=` is no different.

    Given the function itself, or a lambda, SQLAlchemy calls it for each row.

    ## Example
    ```python
    from datetime import datetime

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(default=datetime.now())
    ```

    ## Use instead
    ```python
    from datetime import datetime

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
        made_at: Mapped[datetime] = mapped_column(default=datetime.now)
    ```

    ## Fix safety
    Safe. The call's parentheses are dropped where SQLAlchemy can call the function as it is; any other expression
    is put behind `lambda:`. (`default=uuid.uuid1` would be wrong: SQLAlchemy hands the execution context to a
    function that has a parameter for it.) In dataclasses and in SQLModel, where `default=` is the value itself, the
    fix writes `default_factory=`.

    ## What it cannot see
    Calls that it does not know: it knows the clocks, `uuid`, `random`, `secrets` and `os.urandom` of the standard
    library, a few packages like them (arrow, pendulum, shortuuid), and functions of the project whose every return
    is such a call. Calls that give SQL (`func.now()`, `text()`, a `FunctionElement` of your own) are right and never
    reported. Nothing is said inside functions and migrations, where the call runs when it should.

    ## References
    - [Python-executed functions as defaults](https://docs.sqlalchemy.org/en/20/core/defaults.html#python-executed-functions)
    - [Context-sensitive default functions](https://docs.sqlalchemy.org/en/20/core/defaults.html#context-sensitive-default-functions)
    """

    def column_made(self, made: ColumnMade) -> Iterator[Hit]:
        """A column whose default is such a call."""
        if not made_once(made):
            return
        for name in DEFAULTS:
            node = made.keyword_node(name)
            if node is None or uses_local(made, node):
                continue
            found = fresh(made.world, made.path, node)
            if found is not None:
                yield Hit(made.at(node), _message(made, name, found), fix=_fix(made, name, node, found))


def _message(made: ColumnMade, keyword: str, found: Fresh) -> str:
    """What every row gets, and what to pass instead."""
    called = found.function.name if found.function is not None else found.name.removeprefix("datetime.")
    event = "UPDATE" if keyword == "onupdate" else "INSERT"
    if found.kind == TIME:
        what = f"Every {event} writes the time at which this module was imported"
    elif fails_on_second(made):
        what = "Every row gets the same value, and the second INSERT fails because it must be unique"
    else:
        what = f"Every {event} writes the same value"
    return f"{what}: `{called}()` is called once, here. Pass the function, or a lambda, for SQLAlchemy to call."


def _fix(made: ColumnMade, keyword: str, node: n.Expr, found: Fresh) -> Fix | None:
    place = made.at(node)
    function = _function(made, node, found)
    if keyword == "default" and (made.function == "Field" or is_dataclass(made)):
        factory = dotted(function) if function is not None else None
        if factory is None or made.keyword_node("default_factory") is not None:
            return None
        call = made.at(made.call)
        ops: tuple[AnyOp, ...] = (RemoveKeyword(call, keyword), AddKeyword(call, "default_factory", factory))
        return Fix(f"Write `default_factory={factory}`", True, ops)
    if function is not None:
        return Fix("Pass the function itself", True, (Replace(place, "{0}", (made.at(function),)),))
    return Fix("Put it behind `lambda:`", True, (Replace(place, "lambda: {0}", (place,)),))


def _function(made: ColumnMade, node: n.Expr, found: Fresh) -> n.Expr | None:
    """The function that SQLAlchemy can call in place of the expression, where that is nothing but its call."""
    if not isinstance(node, n.Call) or node.args or node.keywords or found.name not in TAKES_NOTHING:
        return None
    called = names.resolve_expression(made.world, made.path, node.func)
    return node.func if called == names.Outside(found.name) else None
