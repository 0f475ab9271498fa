"""`name: Mapped[T] = mapped_column(...)` for a column without an annotation: the same table, and a type to read."""

from __future__ import annotations

from sqlassay.facts.collect import walk
from sqlassay.fixes.ops import AddImport, AnyOp, Fix, RemoveImport, Transform
from sqlassay.rules.models.columns import dotted, maps_dataclass
from sqlassay.rules.models.lineage import is_plain_base
from sqlassay.rules.models.python_types import PythonType, optional, python_type
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.models import ColumnInfo, RelationshipInfo
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_OPERATORS = frozenset(
    (
        "desc asc nulls_first nulls_last is_ is_not isnot in_ not_in notin_ like ilike not_like notlike between "
        "contains startswith endswith label op concat collate distinct match"
    ).split()
)
"""What a mapped_column in a class body can do as a Column can."""

_REGISTRIES = frozenset(("type_annotation_map", "registry"))


def assignment(declared: ModelDeclared, attribute: ColumnInfo | RelationshipInfo) -> n.Assign | None:
    """The statement `name = call(...)` that declares an attribute; None where it is anything else."""
    call = attribute.call
    for each in declared.node.body if call is not None else ():
        match each:
            case n.Assign(targets=(n.Name(),), value=n.Call() as value) if each.start == attribute.place.start:
                return each if call is not None and value.start == call.start else None
            case _:
                pass
    return None


def local_name(world: World, path: str, name: str) -> str:
    """How a file calls a name of `sqlalchemy.orm`."""
    facts = world.facts(path)
    for local, fact in facts.imports.items() if facts is not None else ():
        if fact.name == name and fact.module.startswith("sqlalchemy.orm"):
            return local
    return name


def shadowed(declared: ModelDeclared, code: str) -> bool:
    """Whether the class body gives another meaning to a name that an annotation would use."""
    own = {each.name for each in declared.fact.attributes} | set(declared.fact.methods)
    words = "".join(each if each.isalnum() or each in "_." else " " for each in code).split()
    return any(each.split(".", 1)[0] in own for each in words)


def mapped_type(declared: ModelDeclared, column: ColumnInfo) -> tuple[PythonType, str, list[tuple[str, str]]] | None:
    """What a column holds, the X of `Mapped[X]` (with its None), and the imports that X needs; None where unknown."""
    nullable = _nullable(column)
    if nullable and "nullable" not in column.keywords:
        nullable = not column.primary_key
    held = python_type(declared.world, column)
    if held is None or nullable is None:
        return None
    imports = [held.imported] if held.imported is not None else []
    if not nullable:
        return held, held.code, imports
    code, needs = optional(declared.world, column.place.path, held.code)
    return held, code, [*imports, needs] if needs is not None else imports


def _nullable(column: ColumnInfo) -> bool | None:
    """Whether the column can be NULL, where an annotation can say the same."""
    given = column.keywords.get("nullable")
    key = column.keywords.get("primary_key")
    if (given is not None and not _is_flag(given)) or (key is not None and not _is_flag(key)) or column.has_star:
        return None
    # A key that may be NULL, which SQLite allows, has no annotation of its own.
    return None if column.primary_key and column.nullable else column.nullable


def _is_flag(node: n.Expr) -> bool:
    return isinstance(node, n.Constant) and isinstance(node.value, bool)


def column_fix(declared: ModelDeclared, column: ColumnInfo, constructor: str | None, title: str) -> Fix | None:
    """The fix that annotates a column; `constructor` is its new function, None to keep the one it has.

    None where the column's type is not certain, or the class does something that the new form might not do.
    """
    found = mapped_type(declared, column)
    statement = assignment(declared, column)
    if found is None or statement is None or maps_dataclass(declared.world, declared.model.ref):
        return None
    call = statement.value
    assert isinstance(call, n.Call)
    held, inner, imports = found
    annotation = f"{local_name(declared.world, column.place.path, 'Mapped')}[{inner}]"
    new = constructor or dotted(call.func)
    used = _uses_in_body(declared, column.attribute)
    if new is None or used is None or shadowed(declared, f"{annotation} {new}"):
        return None
    args = {"annotation": annotation, "constructor": new, "drop_nullable": "true"}
    index = next((at for at, each in enumerate(call.args) if each == column.type), None)
    if held.is_default and index is not None and not used and not column.foreign_keys and _plain_registry(declared):
        args["drop_argument"] = str(index)
    place = column.place
    wanted = [("sqlalchemy.orm", each) for each in ("Mapped", "mapped_column") if each in annotation or each == new]
    ops: list[AnyOp] = [Transform(place, "column-to-mapped", args)]
    ops.extend(AddImport(place, module, name) for module, name in (*wanted, *imports))
    left = [call.func] if constructor is not None else []
    left.extend([call.args[index]] if "drop_argument" in args and index is not None else [])
    ops.extend(RemoveImport(place, "sqlalchemy", name) for each in left if (name := _imported(each)) is not None)
    return Fix(title, _is_safe(declared), tuple(ops))


def _imported(node: n.Expr) -> str | None:
    """The plain name that a function or type is imported by."""
    func = node.func if isinstance(node, n.Call) else node
    return func.id if isinstance(func, n.Name) else None


def _is_safe(declared: ModelDeclared) -> bool:
    """Whether the class is mapped as it stands: a mixin may meet a dataclass, and Flask looks for Columns itself."""
    model = declared.model
    flask = model.flavour == "flask" and not any(each.name == "__tablename__" for each in declared.fact.attributes)
    return model.mapped and not flask


def _uses_in_body(declared: ModelDeclared, attribute: str) -> int | None:
    """How often the class body uses the column by its name; None where it asks of it what only a Column can do."""
    count = 0
    for statement in declared.node.body:
        if isinstance(statement, n.FunctionDef | n.ClassDef):
            continue
        targets = statement.targets if isinstance(statement, n.Assign) else ()
        for each in walk(statement):
            if isinstance(each, n.Attribute) and isinstance(each.value, n.Name) and each.value.id == attribute:
                if each.attr not in _OPERATORS:
                    return None
            elif isinstance(each, n.Name) and each.id == attribute and not any(each is target for target in targets):
                count += 1
    return count


def _plain_registry(declared: ModelDeclared) -> bool:
    """Whether the class's annotations are certainly read by SQLAlchemy's own table of types."""
    if not declared.model.mapped:
        return False
    for ref in (declared.model.ref, *declared.model.bases):
        fact = names.class_fact(declared.world, ref)
        if fact is None or fact.decorators or any(each.name in _REGISTRIES for each in fact.attributes):
            return False
        if not all(is_plain_base(declared.world, ref, each) for each in fact.bases):
            return False
    return True
