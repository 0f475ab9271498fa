"""What a name in a module stands for: through imports, re-exports, star imports and aliases, over files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Union

from msgspec import Struct

from sqlassay.facts import compare, inner
from sqlassay.facts.collect import walk
from sqlassay.facts.model import ClassFact, FunctionFact, ImportFact, ModuleFacts, ScopeFact, VariableFact
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n


class InProject(Struct, frozen=True):
    """A class, function or variable of the project; `kind` says which."""

    kind: str
    ref: Ref


class ProjectModule(Struct, frozen=True):
    """A file of the project as a module (or package)."""

    path: str


class Outside(Struct, frozen=True):
    """Something of a library, by the dotted name under which it was imported."""

    name: str


Binding = Union[InProject, ProjectModule, Outside]

_MAX_HOPS = 12
"""Re-exports of re-exports: past this it is a cycle."""


def resolve(world: World, path: str, name: str, hops: int = 0, within: str = "") -> Binding | None:
    """What the module-level name `name` of the file `path` is; None where nothing binds it (a builtin, or unknown).

    `within` is the function that it stands in, for those whose names are facts: those that declare classes.
    """
    if within:
        local: tuple[Binding | None] | None = world.memo.cut(
            ("resolve", path, f"{within}{inner.LOCALS}{name}"), lambda: _resolve_inside(world, path, name, within)
        )
        if local is not None:
            return local[0]
    if hops:
        return _resolve(world, path, name, hops)
    found: Binding | None = world.memo.cut(("resolve", path, name), lambda: _resolve(world, path, name, 0))
    return found


def _resolve(world: World, path: str, name: str, hops: int) -> Binding | None:
    facts = world.facts(path)
    if facts is None or hops > _MAX_HOPS:
        return None
    variable = facts.variables.get(name)
    if name in facts.classes:
        made = variable is not None and variable.value is not None and _takes(variable.value, name)
        return InProject("variable" if made else "class", Ref(path, name))
    if name in facts.functions:
        return InProject("function", Ref(path, name))
    imported = facts.imports.get(name)
    if variable is not None and not (imported is not None and variable.value is None):
        return InProject("variable", Ref(path, name))
    if imported is not None:
        return follow(world, path, imported, hops + 1)
    for star in facts.stars:
        module = world.module_path(path, star.module, star.level)
        if module is None:
            if star.level == 0 and name in _STAR_NAMES.get(star.module, frozenset()):
                return Outside(f"{star.module}.{name}")
            continue
        target = world.facts(module)
        if target is None or (target.exports is not None and name not in target.exports):
            continue
        if target.exports is None and name.startswith("_"):
            continue
        found = _resolve(world, module, name, hops + 1)
        if found is not None:
            return found
    return None


def _resolve_inside(world: World, path: str, name: str, within: str) -> tuple[Binding | None] | None:
    """What a function, or one around it, binds the name to; None where none of them does."""
    facts = world.facts(path)
    while within and facts is not None:
        scope = facts.scopes.get(inner.written(within))
        if scope is not None:
            ref = Ref(path, f"{inner.call(within)}{inner.LOCALS}{name}")
            if name in scope.imports:
                return (follow(world, path, scope.imports[name]),)
            if inner.written(ref.name) in facts.classes:
                return (InProject("class", ref),)
            if name in scope.variables:
                return (InProject("variable", ref),)
        within = inner.around(within)
    return None


def _takes(value: n.Expr, name: str) -> bool:
    """Whether a name is bound anew to what a call makes of it: `Base = declarative_base(cls=Base)`."""
    return isinstance(value, n.Call) and any(
        isinstance(each, n.Name) and each.id == name
        for each in (*value.args, *(keyword.value for keyword in value.keywords))
    )


def follow(world: World, path: str, imported: ImportFact, hops: int = 0) -> Binding | None:
    """What an import of the file `path` names."""
    if not imported.name:
        module = world.module_path(path, imported.module, imported.level)
        return ProjectModule(module) if module is not None else Outside(imported.module)
    module = world.module_path(path, imported.module, imported.level)
    if module is None:
        # `from package import submodule` where only the submodule is a file we know.
        dotted = f"{imported.module}.{imported.name}" if imported.module else imported.name
        submodule = world.module_path(path, dotted, imported.level)
        if submodule is not None:
            return ProjectModule(submodule)
        return Outside(dotted) if imported.level == 0 else None
    found = _resolve(world, module, imported.name, hops + 1)
    if found is not None:
        return found
    dotted = f"{imported.module}.{imported.name}" if imported.module else imported.name
    submodule = world.module_path(path, dotted, imported.level)
    return ProjectModule(submodule) if submodule is not None else None


def member(world: World, binding: Binding, name: str) -> Binding | None:
    """What `<binding>.name` is, where that can be said without evaluating anything."""
    if isinstance(binding, Outside):
        # `import a.b` bound only `a`; a project may well hold `a.b`.
        module = world.module_path("", f"{binding.name}.{name}", 0)
        return ProjectModule(module) if module is not None else Outside(f"{binding.name}.{name}")
    if isinstance(binding, ProjectModule):
        found = resolve(world, binding.path, name)
        if found is not None:
            return found
        submodule = world.module_path(binding.path, name, 1) if binding.path.endswith("__init__.py") else None
        return ProjectModule(submodule) if submodule is not None else None
    if binding.kind == "class":
        nested = Ref(binding.ref.path, f"{binding.ref.name}.{name}")
        if class_fact(world, nested) is not None:
            return InProject("class", nested)
        if function_fact(world, nested) is not None:
            return InProject("function", nested)
    return None


def resolve_expression(world: World, path: str, node: n.Expr, depth: int = 0, within: str = "") -> Binding | None:
    """What a dotted expression (`sa.orm.Session`) stands for, through module-level aliases (`Base = db.Model`).

    `within` is the function that it stands in, as for `resolve`.
    """
    if isinstance(node, n.Name):
        binding = resolve(world, path, node.id, within=within)
    elif isinstance(node, n.Attribute):
        owner = resolve_expression(world, path, node.value, depth, within)
        binding = member(world, owner, node.attr) if owner is not None else None
    else:
        return None
    if isinstance(binding, InProject) and binding.kind == "variable" and depth < _MAX_HOPS:
        fact = variable_fact(world, binding.ref)
        if fact is not None and isinstance(fact.value, n.Name | n.Attribute):
            around = inner.around(binding.ref.name)
            aliased = resolve_expression(world, binding.ref.path, fact.value, depth + 1, around)
            if aliased is not None:
                return aliased
    return binding


_ENUMS = frozenset(f"enum.{name}" for name in ("Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"))


def is_enum(world: World, ref: Ref) -> bool:
    """Whether a class of the project is an enumeration."""
    found: bool = world.memo.of(("enum", ref), lambda: _is_enum(world, ref), False)
    return found


def _is_enum(world: World, ref: Ref) -> bool:
    for each in mro(world, ref)[0]:
        fact = class_fact(world, each)
        for base in fact.bases if fact is not None else ():
            binding = resolve_expression(world, each.path, base, within=inner.around(each.name))
            if isinstance(binding, Outside) and (binding.name in _ENUMS or binding.name.endswith("StrEnum")):
                return True
    return False


def class_fact(world: World, ref: Ref) -> ClassFact | None:
    """The facts of a class of the project."""
    if not world.memo.recording:
        return _class_fact(world, ref)
    found: ClassFact | None = world.memo.current(("class", ref), lambda: _class_fact(world, ref), compare.same_class)
    return found


def _class_fact(world: World, ref: Ref) -> ClassFact | None:
    facts = world.facts(ref.path)
    if facts is None:
        return None
    found = facts.classes.get(ref.name)
    return found if found is not None or inner.LOCALS not in ref.name else facts.classes.get(inner.written(ref.name))


def function_fact(world: World, ref: Ref) -> FunctionFact | None:
    """The facts of a function or method of the project."""
    if not world.memo.recording:
        return _function_fact(world, ref)
    found: FunctionFact | None = world.memo.current(
        ("function", ref), lambda: _function_fact(world, ref), compare.same_function
    )
    return found


def _function_fact(world: World, ref: Ref) -> FunctionFact | None:
    facts = world.facts(ref.path)
    if facts is None:
        return None
    found = facts.functions.get(ref.name)
    return found if found is not None or "@" not in ref.name else facts.functions.get(inner.written(ref.name))


def variable_fact(world: World, ref: Ref) -> VariableFact | None:
    """The facts of a module-level variable of the project (`User.posts`, where the module assigns to that)."""
    if world.memo.recording:
        found: VariableFact | None = world.memo.cut(("module variable", ref), lambda: _variable_fact(world, ref))
        return found
    return _variable_fact(world, ref)


def _variable_fact(world: World, ref: Ref) -> VariableFact | None:
    facts = world.facts(ref.path)
    if facts is None:
        return None
    scope = scope_fact_in(facts, ref)
    return scope.variables.get(inner.inside(ref.name)) if scope is not None else facts.variables.get(ref.name)


def scope_fact_in(facts: ModuleFacts, ref: Ref) -> ScopeFact | None:
    """What the function binds that declares `ref`; None for what stands in the module itself."""
    around = inner.around(ref.name)
    return facts.scopes.get(inner.written(around)) if around else None


def mro(world: World, ref: Ref) -> tuple[tuple[Ref, ...], bool]:
    """The project classes that a class is made of, itself first; and whether every base of them was found.

    Depth first, left to right, each once: close enough to Python's order for looking names up.
    """
    answer: tuple[tuple[Ref, ...], bool] = world.memo.of(("mro", ref), lambda: _mro(world, ref), ((ref,), False))
    return answer


def _mro(world: World, ref: Ref) -> tuple[tuple[Ref, ...], bool]:
    out: list[Ref] = []
    whole = True
    stack = [ref]
    while stack:
        each = stack.pop()
        if each in out:
            continue
        fact = class_fact(world, each)
        if fact is None:
            whole = False
            continue
        out.append(each)
        found, known = _bases(world, each, fact)
        whole = whole and known
        stack.extend(reversed(found))
    return tuple(out), whole


def bases(world: World, ref: Ref) -> list[Ref]:
    """The project classes that a class names as its bases."""
    fact = class_fact(world, ref)
    return _bases(world, ref, fact)[0] if fact is not None else []


def _bases(world: World, ref: Ref, fact: ClassFact) -> tuple[list[Ref], bool]:
    """The bases that are classes of the project, and whether every other is known."""
    found: list[Ref] = []
    whole = True
    within = inner.around(ref.name)
    for base in fact.bases:
        node = base.value if isinstance(base, n.Subscript) else base
        binding = resolve_expression(world, ref.path, node, within=within)
        if isinstance(binding, InProject) and binding.kind == "class":
            found.append(binding.ref)
        elif not (isinstance(binding, Outside) or (isinstance(node, n.Name) and node.id in _PLAIN_BASES)):
            whole = False
            found.extend(_mixed_in(world, ref.path, node, binding, within))
    return found, whole


_BASES_OF = {"declarative_base": "cls", "automap_base": "cls", "generate_base": "cls", "SQLAlchemy": "model_class"}
"""What makes a declarative base, and the keyword that gives that its own bases."""


def _mixed_in(world: World, path: str, node: n.Expr, binding: Binding | None, within: str) -> Iterator[Ref]:
    """The classes that `Base = declarative_base(cls=Common)` has, or `db.Model` of `SQLAlchemy(model_class=Common)`."""
    if binding is None and isinstance(node, n.Attribute) and node.attr == "Model":
        binding = resolve_expression(world, path, node.value, within=within)
    if not isinstance(binding, InProject) or binding.kind != "variable":
        return
    fact = variable_fact(world, binding.ref)
    if fact is None or not isinstance(fact.value, n.Call):
        return
    wanted = _BASES_OF.get(last_name(fact.value.func))
    for keyword in fact.value.keywords:
        if keyword.name == wanted:
            given = keyword.value
            for each in given.elts if isinstance(given, n.TupleExpr) else (given,):
                found = resolve_expression(world, binding.ref.path, each, within=inner.around(binding.ref.name))
                if isinstance(found, InProject) and found.kind == "class":
                    yield found.ref


def find_attribute(world: World, ref: Ref, name: str) -> tuple[Ref, VariableFact | FunctionFact] | None:
    """Where a class (or a base of it) defines `name` in its body: the class, and the fact."""
    if world.memo.recording:
        return _find_attribute(world, ref, name)
    found: tuple[Ref, VariableFact | FunctionFact] | None = world.memo.of(
        ("attribute of", ref, name), lambda: _find_attribute(world, ref, name)
    )
    return found


def _find_attribute(world: World, ref: Ref, name: str) -> tuple[Ref, VariableFact | FunctionFact] | None:
    for each in mro(world, ref)[0]:
        fact = class_fact(world, each)
        if fact is None:
            continue
        if name in fact.methods:
            method = function_fact(world, Ref(each.path, f"{each.name}.{name}"))
            if method is not None:
                return each, method
        for attribute in fact.attributes:
            if attribute.name == name:
                return each, attribute
    return None


_PLAIN_BASES = frozenset({"object", "Exception", "dict", "list", "str", "int", "tuple", "set", "ValueError", "type"})

_STAR_NAMES: dict[str, frozenset[str]] = {
    "sqlalchemy": frozenset(
        (
            "Column create_engine select insert update delete text func and_ or_ not_ Integer String Text Boolean "
            "DateTime Date Time Float Numeric LargeBinary JSON Enum ForeignKey ForeignKeyConstraint "
            "PrimaryKeyConstraint UniqueConstraint CheckConstraint Index MetaData Table Sequence desc asc case "
            "cast exists literal BigInteger SmallInteger Unicode UnicodeText Interval bindparam distinct between "
            "null true false literal_column union union_all event inspect TIMESTAMP VARCHAR CHAR BLOB Uuid UUID Double "
            "DOUBLE FLOAT REAL NUMERIC DECIMAL INTEGER INT BIGINT SMALLINT BOOLEAN TEXT CLOB NVARCHAR NCHAR DATE TIME "
            "DATETIME BINARY VARBINARY ARRAY PickleType TypeDecorator Identity Computed FetchedValue"
        ).split()
    ),
    "sqlalchemy.orm": frozenset(
        (
            "Session sessionmaker scoped_session relationship backref declarative_base DeclarativeBase Mapped "
            "mapped_column joinedload selectinload subqueryload contains_eager lazyload raiseload noload defer "
            "undefer load_only aliased Query registry synonym column_property deferred declared_attr validates "
            "mapper object_session foreign remote"
        ).split()
    ),
}
"""What star imports of SQLAlchemy bring that programs use; an unknown star import brings nothing."""


def dotted_name(node: n.Expr) -> str | None:
    """`self.session` as it is written; None where it is not a plain dotted name."""
    if isinstance(node, n.Name):
        return node.id
    if isinstance(node, n.Attribute):
        owner = dotted_name(node.value)
        return f"{owner}.{node.attr}" if owner is not None else None
    return None


def last_name(node: n.Node) -> str:
    """`session` of `self.session`: the last part of a dotted name, whatever it is read off; '' of anything else."""
    return node.id if isinstance(node, n.Name) else node.attr if isinstance(node, n.Attribute) else ""


def names_of(node: n.Expr) -> frozenset[str]:
    """The plain names that an expression reads."""
    return frozenset(each.id for each in walk(node) if isinstance(each, n.Name))
