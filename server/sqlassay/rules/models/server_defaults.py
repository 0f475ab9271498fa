"""The default that a column's table gets: what is passed as `server_default`."""

from __future__ import annotations

from sqlassay.semantics.events import ColumnMade
from sqlassay.syntax import nodes as n


def server_default(made: ColumnMade, keyword: str = "server_default") -> n.Expr | None:
    """The expression given as `server_default`, for SQLModel's Field inside `sa_column_kwargs={...}`."""
    given = made.keyword_node(keyword)
    if given is not None or made.function != "Field":
        return given
    match made.keyword_node("sa_column_kwargs"):
        case n.DictExpr(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return next((value for key, value in pairs if isinstance(key, n.Constant) and key.value == keyword), None)
        case _:
            return None


def clause_argument(node: n.Expr) -> n.Expr:
    """What is inside `DefaultClause(...)`, which is what a plain `server_default` becomes; else the node itself."""
    match node:
        case n.Call(func=n.Name(id="DefaultClause") | n.Attribute(attr="DefaultClause"), args=(inner, *_)):
            return inner
        case _:
            return node
