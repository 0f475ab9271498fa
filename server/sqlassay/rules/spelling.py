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
