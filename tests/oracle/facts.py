"""What is compared: a program's facts by kind and name, from SQLAlchemy's answer or from our schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

KINDS = (
    "models",
    "tables",
    "columns",
    "types",
    "nullability",
    "primary keys",
    "indexes",
    "unique",
    "foreign keys",
    "relationships",
    "targets",
    "directions",
    "lazy",
    "secondary",
    "uselist",
    "back_populates",
)

Facts = dict[str, dict[str, Any]]
"""kind, then name, then what is said. A thing that is not known is not there."""

_OF_COLUMNS = {
    "types": "type",
    "nullability": "nullable",
    "primary keys": "primary_key",
    "indexes": "index",
    "unique": "unique",
}
_OF_RELATIONSHIPS = {
    "targets": "target",
    "directions": "direction",
    "lazy": "lazy",
    "secondary": "secondary",
    "uselist": "uselist",
    "back_populates": "back_populates",
}


def facts_of(models: Iterable[Mapping[str, Any]], tables: Iterable[Mapping[str, Any]]) -> Facts:
    """The facts of one program.

    A model is `module:Class`, its attributes `module:Class.attribute`; a table without a model is `table name`, its
    columns `table name.column`. Where a name stands for several, the second is `name#2` and so on, by their tables.
    """
    facts: Facts = {kind: {} for kind in KINDS}
    seen: Counter[str] = Counter()
    for model in sorted(models, key=lambda each: (each["module"], each["model"], each["table"] or "")):
        name = _numbered(f"{model['module']}:{model['model']}", seen)
        facts["models"][name] = True
        _put(facts, "tables", name, model["table"])
        _columns(facts, name, model["columns"])
        for relationship in model["relationships"]:
            key = f"{name}.{relationship['name']}"
            facts["relationships"][key] = True
            for kind, attribute in _OF_RELATIONSHIPS.items():
                _put(facts, kind, key, relationship[attribute])
    for table in sorted(tables, key=lambda each: each["table"]):
        name = _numbered(f"table {table['table']}", seen)
        facts["tables"][name] = True
        _columns(facts, name, table["columns"])
    return facts


def _columns(facts: Facts, owner: str, columns: Iterable[Mapping[str, Any]]) -> None:
    for column in columns:
        name = f"{owner}.{column['attribute'] or column['name']}"
        facts["columns"][name] = column["name"]
        for kind, attribute in _OF_COLUMNS.items():
            value = column[attribute]
            _put(facts, kind, name, value.upper() if kind == "types" and value else value)
        for target in column["foreign_keys"]:
            facts["foreign keys"][f"{name} -> {target}"] = True


def _put(facts: Facts, kind: str, name: str, value: Any) -> None:
    if value is not None:
        facts[kind][name] = value


def _numbered(name: str, seen: Counter[str]) -> str:
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}#{seen[name]}"
