"""Asks SQLAlchemy itself what programs map. It imports code, in a Python of its own that has the programs' packages.

    python ask.py REQUEST ANSWER

REQUEST is JSON: `{"programs": [{"name", "root", "modules", "odd", "scripts"}]}`, where `odd` gives the files of modules
that no import statement can name, and `scripts` those that declare models only when they are run. Each program is
imported in a process of its own. ANSWER gets `{name: {"models", "tables", "imported", "failed"}}`. Nothing but the
standard library and SQLAlchemy is needed here; no file of Sqlassay is imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import traceback
import types
from collections.abc import Iterable, Iterator
from typing import Any

SECONDS = 120
"""How long one program may take to import."""


def main(request_path: str, answer_path: str) -> None:
    """Ask about every program of the request and write the answers."""
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    with contextlib.suppress(ImportError):
        import sqlalchemy.orm  # noqa: F401  (loaded once, before the forks)
    answers = {each["name"]: _whole(each, answer_path) for each in request["programs"]}
    with open(answer_path, "w", encoding="utf-8") as file:
        json.dump(answers, file, indent=1, sort_keys=True)


def _whole(program: dict[str, Any], answer_path: str) -> dict[str, Any]:
    """The answer for one program; scripts that do not get on with each other in one process are asked alone."""
    answer = _apart(program, answer_path)
    again = {name for name, reason in answer["failed"].items() if not reason.startswith("ModuleNotFoundError")}
    for name in sorted(again | set(program["scripts"])):
        script = program["scripts"].get(name)
        alone = _apart({**program, "modules": [name], "script": script}, answer_path)
        if name in alone["imported"]:
            answer["failed"].pop(name, None)
            answer["imported"] = sorted({*answer["imported"], name})
            answer["models"] = [each for each in answer["models"] if each["module"] != name]
            answer["models"] += [each for each in alone["models"] if each["module"] == name]
            answer["tables"] += [each for each in alone["tables"] if each not in answer["tables"]]
            answer.setdefault("unconfigured", []).extend(alone.get("unconfigured", []))
        elif script is not None:
            answer["failed"][name] = f"as a script: {alone['failed'][name]}"
            answer["imported"] = [each for each in answer["imported"] if each != name]
    return answer


def _apart(program: dict[str, Any], answer_path: str) -> dict[str, Any]:
    """The answer for one program, from a child that may do to its interpreter what it likes."""
    part = f"{answer_path}.{os.getpid()}.part"
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(SECONDS)
            answer = ask(program)
            with open(part, "w", encoding="utf-8") as file:
                json.dump(answer, file)
            os._exit(0)
        except BaseException:
            with open(f"{part}.error", "w", encoding="utf-8") as file:
                file.write(traceback.format_exc())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if status or not os.path.exists(part):
        reason = f"the interpreter ended with status {status}"
        if os.path.exists(f"{part}.error"):
            with open(f"{part}.error", encoding="utf-8") as file:
                reason = file.read().strip().splitlines()[-1]
        return {"models": [], "tables": [], "imported": [], "failed": dict.fromkeys(program["modules"], reason)}
    with open(part, encoding="utf-8") as file:
        answer = json.load(file)
    os.unlink(part)
    return answer


def ask(program: dict[str, Any]) -> dict[str, Any]:
    """Import the modules of one program and read off what is mapped."""
    root = os.path.realpath(program["root"])
    sys.path.insert(0, root)
    sys.argv = ["program"]
    # Scripts without a guard would go on to talk to a database.
    asyncio.run = lambda main, **_: main.close()  # type: ignore[assignment]
    failed: dict[str, str] = {}
    for name in program["modules"]:
        try:
            _load(name, program["odd"].get(name), program.get("script"))
        except BaseException as error:  # a program may call sys.exit()
            failed[name] = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    modules = {
        name: module
        for name, module in list(sys.modules.items())
        if (path := getattr(module, "__file__", None)) and os.path.realpath(path).startswith(root + os.sep)
    }
    imported = sorted(set(modules) - set(failed))
    answer: dict[str, Any] = {"models": [], "tables": [], "imported": imported, "failed": failed}
    if "sqlalchemy" not in sys.modules:
        return answer
    answer["models"], answer["tables"], unconfigured = _everything(modules)
    if unconfigured:
        answer["unconfigured"] = unconfigured
    if program.get("script"):
        for model in answer["models"]:
            if model["module"] == "__main__":
                model["module"] = program["modules"][0]
    return answer


def _load(name: str, path: str | None, script: str | None) -> None:
    if script is not None:
        # Models look for the module that they name in sys.modules; it stays there under both names.
        module = sys.modules["__main__"] = sys.modules[name] = types.ModuleType("__main__")
        module.__file__ = script
        module.__package__ = name.rpartition(".")[0]
        with open(script, encoding="utf-8") as file:
            exec(compile(file.read(), script, "exec"), vars(module))
        return
    if path is None:
        importlib.import_module(name)
        return
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules[name])
    except BaseException:
        del sys.modules[name]
        raise


def _everything(modules: dict[str, Any]) -> tuple[list[Any], list[Any], list[str]]:
    from sqlalchemy.orm.mapper import _all_registries

    registries = sorted(_all_registries(), key=id)
    unconfigured: list[str] = []
    mappers = []
    for registry in registries:
        try:
            registry.configure(cascade=True)
        except Exception as error:
            mine = [each for each in registry.mappers if each.class_.__module__ in modules]
            if mine:
                unconfigured.append(f"{mine[0].class_.__module__}: {type(error).__name__}: {str(error)[:300]}")
            continue
        mappers.extend(registry.mappers)
    mine = [each for each in mappers if each.class_.__module__ in modules]
    mine.sort(key=lambda each: (each.class_.__module__, each.class_.__qualname__, str(each.local_table)))
    return [_model(each) for each in mine], _unmapped(modules, mappers, mine), unconfigured


# --------------------------------------------------------------------- models


def _model(mapper: Any) -> dict[str, Any]:
    from sqlalchemy import Column, Table

    columns = []
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if isinstance(column, Column) and isinstance(column.table, Table):
            columns.append(_column(attribute.key, column))
    return {
        "model": mapper.class_.__name__,
        "module": mapper.class_.__module__,
        "line": _line(mapper.class_),
        "table": mapper.local_table.fullname if isinstance(mapper.local_table, Table) else None,
        "columns": columns,
        "relationships": [_relationship(each) for each in mapper.relationships],
    }


def _line(cls: type) -> int | None:
    """The line of the `class` statement, from 1, where Python itself remembers it."""
    return getattr(cls, "__firstlineno__", None)


def _column(attribute: str, column: Any) -> dict[str, Any]:
    return {
        "name": column.name,
        "attribute": attribute,
        "type": _type(column.type),
        "nullable": bool(column.nullable),
        "primary_key": bool(column.primary_key),
        "foreign_keys": sorted(_target(each) for each in column.foreign_keys),
        "index": _leads_an_index(column),
        "unique": _is_unique(column),
    }


def _target(key: Any) -> str:
    try:
        return f"{key.column.table.fullname}.{key.column.name}"
    except Exception:  # the table it names is in no module that was imported
        return str(key.target_fullname)


def _type(kind: Any) -> str | None:
    """As SQL; of a type without a name in SQL (and of a column without a type), nothing."""
    from sqlalchemy.types import NullType

    return None if isinstance(kind, NullType) else str(kind)


def _leads_an_index(column: Any) -> bool:
    """Some index of the table begins with this column."""
    return bool(column.index) or any(next(iter(each.columns), None) is column for each in column.table.indexes)


def _is_unique(column: Any) -> bool:
    """A unique constraint or index is on this column alone."""
    from sqlalchemy import UniqueConstraint

    alone = [each.columns for each in column.table.indexes if each.unique]
    alone += [each.columns for each in column.table.constraints if isinstance(each, UniqueConstraint)]
    return bool(column.unique) or any(len(each) == 1 and next(iter(each)) is column for each in alone)


_LAZY = {True: "select", False: "joined", None: "noload"}


def _relationship(prop: Any) -> dict[str, Any]:
    from sqlalchemy import Table

    secondary = prop.secondary
    return {
        "name": prop.key,
        "target": prop.mapper.class_.__name__,
        "target_module": prop.mapper.class_.__module__,
        "direction": {"ONETOMANY": "one-to-many", "MANYTOONE": "many-to-one", "MANYTOMANY": "many-to-many"}[
            prop.direction.name
        ],
        "lazy": _LAZY.get(prop.lazy, prop.lazy),
        "back_populates": prop.back_populates,
        "secondary": None
        if secondary is None
        else secondary.fullname
        if isinstance(secondary, Table)
        else type(secondary).__name__,
        "uselist": bool(prop.uselist),
        "viewonly": bool(prop.viewonly),
        "cascade": sorted(prop.cascade),
    }


# --------------------------------------------------------------------- tables


def _unmapped(modules: dict[str, Any], mappers: list[Any], mine: list[Any]) -> list[dict[str, Any]]:
    """The tables of the program that no class is mapped to: association tables, mostly."""
    from sqlalchemy import Table

    mapped = {id(table) for mapper in mappers for table in (*mapper.tables, mapper.local_table)}
    # Libraries put their models into the registry of a base that they share with the program; a backref puts a table of
    # the program on a class of theirs.
    theirs = _secondaries(each for each in mappers if each not in mine)
    mapped |= theirs - _secondaries(mine)
    found: dict[int, Any] = {}
    for metadata in _metadatas(modules, mine):
        found.update((id(each), each) for each in metadata.tables.values())
    for value in _globals(modules):
        if isinstance(value, Table):
            found[id(value)] = value
    tables = [each for each in found.values() if id(each) not in mapped]
    tables.sort(key=lambda each: each.fullname)
    return [{"table": each.fullname, "columns": [_column(c.key, c) for c in each.columns]} for each in tables]


def _secondaries(mappers: Iterable[Any]) -> set[int]:
    return {id(prop.secondary) for each in mappers for prop in each.relationships if prop.secondary is not None}


def _metadatas(modules: dict[str, Any], mine: list[Any]) -> list[Any]:
    from sqlalchemy import MetaData, Table

    found = {}
    for mapper in mine:
        for table in mapper.tables:
            if isinstance(table, Table):
                found[id(table.metadata)] = table.metadata
    for value in _globals(modules):
        metadata = value.metadata if isinstance(value, Table) else value
        if isinstance(metadata, MetaData):
            found[id(metadata)] = metadata
    return list(found.values())


def _globals(modules: dict[str, Any]) -> Iterator[Any]:
    for name in sorted(modules):
        yield from list(vars(modules[name]).values())


if __name__ == "__main__":
    main(*sys.argv[1:])
