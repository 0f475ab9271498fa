"""What takes an operation of Alembic back, where that is sure: the downgrade that an upgrade lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlassay.rules.migrations.columns import brings_constraint
from sqlassay.semantics.events import MigrationOperation
from sqlassay.semantics.texts import code_of
from sqlassay.semantics.values import NONE, UNKNOWN, Const, Value
from sqlassay.syntax import nodes as n

_Inverse = Callable[[MigrationOperation, str], "str | None"]
"""Gives the inverse call, without the object it is called on; `table` is the batch's table, '' outside one."""


def downgrade_of(upgrade: n.FunctionDef, operations: tuple[MigrationOperation, ...]) -> str | None:
    """The statements that take an upgrade back, last things first; None unless that is sure for all of it.

    Sure is an upgrade that is a plain list of operations, with or without batches, each with a sure inverse.
    """
    by_call = {id(each.call): each for each in operations}
    lines: list[str] = []
    for statement in reversed(_without_docstring(upgrade)):
        found = _batch(statement, by_call) if isinstance(statement, n.With) else _single(statement, by_call, "")
        if found is None:
            return None
        lines.append(found)
    return "\n".join(lines) if lines else None


def _without_docstring(function: n.FunctionDef) -> tuple[n.Stmt, ...]:
    return function.body[1:] if function.docstring is not None else function.body


def _single(statement: n.Stmt, by_call: dict[int, MigrationOperation], table: str) -> str | None:
    if not isinstance(statement, n.ExprStmt) or not isinstance(statement.value, n.Call):
        return None
    operation = by_call.get(id(statement.value))
    if operation is None or not isinstance(operation.call.func, n.Attribute):
        return None
    owner = code_of(operation.call.func.value)
    make = _INVERSES.get(operation.operation)
    if not owner or make is None or operation.batch is not bool(table):
        return None
    # Another schema, `if_not_exists` and the like: what takes that back is for a person to say.
    if operation.starred or not _is_plain(operation):
        return None
    call = make(operation, table)
    return f"{owner}.{call}" if call is not None else None


def _is_plain(operation: MigrationOperation) -> bool:
    return all(name in _HARMLESS or value in (NONE, Const(False)) for name, value in operation.keywords.items())


_HARMLESS = frozenset(["unique", "comment", "onupdate", "ondelete", "mysql_charset", "mysql_engine", "mysql_collate"])
"""Keywords that change nothing about the way back."""


def _batch(statement: n.With, by_call: dict[int, MigrationOperation]) -> str | None:
    if len(statement.items) != 1 or statement.is_async:
        return None
    item = statement.items[0]
    operation = by_call.get(id(item.context))
    if operation is None or operation.operation != "batch_alter_table" or not isinstance(item.target, n.Name):
        return None
    table = _literal(operation, 0)
    if table is None or len(operation.args) != 1 or operation.starred or not _is_plain(operation):
        return None
    assert isinstance(operation.call.func, n.Attribute)
    inner = [_single(each, by_call, table) for each in reversed(statement.body)]
    body = "".join(f"\n    {each}" for each in inner if each is not None)
    if not body or None in inner:
        return None
    return f'with {code_of(operation.call.func.value)}.batch_alter_table("{table}") as {item.target.id}:{body}'


# -------------------------------------------------------------- one operation


def _literal(operation: MigrationOperation, index: int) -> str | None:
    """A positional argument that is a plain string."""
    value = operation.args[index] if index < len(operation.args) else None
    if isinstance(value, Const) and isinstance(value.value, str) and '"' not in value.value:
        return value.value
    return None


def _named(operation: MigrationOperation, index: int) -> str | None:
    """The code of a name: `"ix_a"`, or `op.f("ix_a")` where a naming convention is to leave it alone."""
    name = _literal(operation, index)
    node = operation.call.args[index] if index < len(operation.call.args) else None
    match node:
        case n.Call(func=n.Attribute(attr="f")):
            return f'{code_of(node.func)}("{name}")' if name else None
        case n.Constant():
            return f'"{name}"' if name else None
        case _:
            return None


def _add_column(operation: MigrationOperation, table: str) -> str | None:
    where = 0 if table else 1
    node = operation.call.args[where] if where < len(operation.call.args) else None
    name = node.args[0] if isinstance(node, n.Call) and node.args else None
    if not (isinstance(name, n.Constant) and isinstance(name.value, str)) or brings_constraint(node):
        return None
    if table:
        return f'drop_column("{name.value}")'
    owner = _literal(operation, 0)
    return f'drop_column("{owner}", "{name.value}")' if owner else None


def _create_table(operation: MigrationOperation, _table: str) -> str | None:
    name = _literal(operation, 0)
    return f'drop_table("{name}")' if name else None


def _create_index(operation: MigrationOperation, table: str) -> str | None:
    name = _named(operation, 0)
    if name is None:
        return None
    if table:
        return f"drop_index({name})"
    owner = _literal(operation, 1)
    return f'drop_index({name}, table_name="{owner}")' if owner else None


def _create_constraint(kind: str) -> _Inverse:
    def inverse(operation: MigrationOperation, table: str) -> str | None:
        name = _named(operation, 0)
        owner = _literal(operation, 1)
        if name is None:
            return None
        if table:
            return f'drop_constraint({name}, type_="{kind}")'
        return f'drop_constraint({name}, "{owner}", type_="{kind}")' if owner else None

    return inverse


def _rename_table(operation: MigrationOperation, _table: str) -> str | None:
    old, new = _literal(operation, 0), _literal(operation, 1)
    return f'rename_table("{new}", "{old}")' if old and new else None


_INVERSES: dict[str, _Inverse] = {
    "add_column": _add_column,
    "create_table": _create_table,
    "create_index": _create_index,
    "create_unique_constraint": _create_constraint("unique"),
    "create_foreign_key": _create_constraint("foreignkey"),
    "create_check_constraint": _create_constraint("check"),
    "create_primary_key": _create_constraint("primary"),
    "rename_table": _rename_table,
}


# ------------------------------------------------------------ what stays done


def undone_by(operations: tuple[MigrationOperation, ...]) -> Iterator[tuple[MigrationOperation, str]]:
    """The operations that cannot be done twice, each with the name of what would take it back."""
    dropped = {_name(each) for each in operations if each.operation.startswith("drop_")}
    made = {_name(each) for each in operations if each.operation.startswith("create_")}
    # A constraint that is dropped and made anew can be dropped and made anew again.
    again = (dropped & made) - {UNKNOWN}
    for each in operations:
        inverse = OPPOSITES.get(each.operation)
        if inverse is not None and not _is_careful(each) and _name(each) not in again:
            yield each, inverse


def _name(operation: MigrationOperation) -> Value:
    return operation.args[0] if operation.args else UNKNOWN


def _is_careful(operation: MigrationOperation) -> bool:
    """Whether it only does what is still to be done."""
    flags = (operation.keywords.get("if_exists"), operation.keywords.get("if_not_exists"))
    return any(each is not None and each != Const(False) for each in flags)


OPPOSITES = {
    "add_column": "drop_column",
    "drop_column": "add_column",
    "create_table": "drop_table",
    "drop_table": "create_table",
    "rename_table": "rename_table",
    "create_index": "drop_index",
    "drop_index": "create_index",
    "create_unique_constraint": "drop_constraint",
    "create_foreign_key": "drop_constraint",
    "create_check_constraint": "drop_constraint",
    "create_primary_key": "drop_constraint",
    "drop_constraint": "a constraint made again",
}
"""What fails where it is done twice, and what takes it back."""
