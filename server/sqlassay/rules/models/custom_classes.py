"""Classes of the project that extend SQLAlchemy's types and constructs."""

from __future__ import annotations

from collections.abc import Collection

from sqlassay.fixes.ops import Insert
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ClassDeclared
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place


def library_bases(declared: ClassDeclared) -> frozenset[str] | None:
    """SQLAlchemy's classes that a class inherits from, over classes of the project too; None where a base of one is
    not known to be SQLAlchemy's, the project's or Python's own."""
    found: set[str] = set()
    line, whole = names.mro(declared.world, declared.ref)
    for ref in line:
        fact = names.class_fact(declared.world, ref)
        for base in fact.bases if fact is not None else ():
            node = base.value if isinstance(base, n.Subscript) else base
            binding = names.resolve_expression(declared.world, ref.path, node)
            if isinstance(binding, names.Outside):
                found.add(canonical(binding.name).removeprefix("sa:"))
    return frozenset(found) if whole else None


def says(declared: ClassDeclared, attributes: Collection[str]) -> bool:
    """Whether the class's own body, or its module behind it, sets one of these attributes."""
    fact = declared.fact
    if fact.dynamic or any(each.name in attributes for each in fact.attributes) or set(attributes) & set(fact.methods):
        return True
    facts = declared.world.facts(declared.path)
    return facts is not None and any(f"{fact.qualname}.{each}" in facts.variables for each in attributes)


def is_extended(declared: ClassDeclared) -> bool:
    """Whether another class of the module inherits from it: it may be there for that alone."""
    facts = declared.world.facts(declared.path)
    for each in facts.classes.values() if facts is not None else ():
        for base in each.bases:
            node = base.value if isinstance(base, n.Subscript) else base
            if names.resolve_expression(declared.world, declared.path, node) == names.InProject("class", declared.ref):
                return True
    return False


def header(declared: ClassDeclared) -> Place:
    """The class's name in its header."""
    fact = declared.fact
    end = fact.name_start + len(fact.qualname.rsplit(".", 1)[-1].encode())
    return Place(declared.path, fact.anchor, fact.name_start, end)


def set_attribute(declared: ClassDeclared, code: str, behind: str) -> Insert | None:
    """Puts an assignment into the class's body, behind that of `behind`, else behind the last plain one."""
    anchor: n.Stmt | None = None
    for each in declared.node.body:
        match each:
            case n.Assign(targets=(n.Name(id=name),)) | n.AnnAssign(target=n.Name(id=name)):
                anchor = each
                if name == behind:
                    break
            case _:
                pass
    if anchor is not None:
        return Insert(declared.at(anchor), code, "after")
    first = declared.node.body[0] if declared.node.body else None
    if first is None or isinstance(first, n.FunctionDef | n.ClassDef):
        return Insert(declared.at(declared.node), code, "first")
    return None
