"""How the file of an event writes something of SQLAlchemy."""

from __future__ import annotations

from sqlassay.fixes.ops import AddImport
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import Event
from sqlassay.syntax.place import Place


def sqlalchemy_name(event: Event, place: Place, name: str) -> tuple[str, tuple[AddImport, ...]]:
    """How code at `place` can write `sqlalchemy.<name>`, and the import that this takes."""
    facts = event.world.facts(event.path)
    module = ""
    for local, each in facts.imports.items() if facts is not None else ():
        if each.level:
            continue
        if each.name and local != name and canonical(f"{each.module}.{each.name}") == f"sa:{name}":
            return local, ()
        if each.module == "sqlalchemy" and not each.name:
            module = local
        elif local == name and each.module.split(".", 1)[0] == "sqlalchemy":
            module = ""
            break
    return (f"{module}.{name}", ()) if module else (name, (AddImport(place, "sqlalchemy", name),))


def is_taken(event: Event, name: str) -> bool:
    """Whether `name` means something else than SQLAlchemy's, in the file of an event or in the function around it."""
    facts = event.world.facts(event.path)
    if facts is None or name in event.frame.env or (event.frame.parent is not None and name in event.frame.parent.env):
        return True
    imported = facts.imports.get(name)
    if imported is not None:
        return bool(imported.level) or canonical(f"{imported.module}.{imported.name}") != f"sa:{name}"
    return any(name in each for each in (facts.classes, facts.functions, facts.variables))
