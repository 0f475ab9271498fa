from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration, library_name
from sqlassay.rules.models.lineage import lineage
from sqlassay.rules.models.mapped_form import local_name, shadowed
from sqlassay.semantics import names
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n
from sqlassay.syntax.lower import expression_from

_MAPPED = frozenset(
    "mapped_column relationship column_property deferred synonym composite query_expression dynamic_loader".split()
)
"""Functions that make what must be annotated with `Mapped[]`. `Column` is not among them: it is taken as it is."""

_BUILTINS = frozenset("int str float bool bytes complex list dict set frozenset tuple object".split())
_STANDARD = ("datetime.", "uuid.", "decimal.", "enum.", "collections.", "ipaddress.", "pathlib.")
_TYPING = frozenset(
    "Any Optional Union List Dict Set FrozenSet Tuple Sequence Iterable Collection Mapping Literal".split()
)
_OTHER_MEANINGS = frozenset(("Mapped", "DynamicMapped", "WriteOnlyMapped", "ClassVar", "Annotated"))


@rule("ALC322", "annotation-without-mapped", severity=Severity.ERROR, sqlalchemy=">=2.0", fix="safe")
class AnnotationWithoutMapped(Rule):
    """A typed attribute of a mapped class is not annotated with `Mapped[...]`: SQLAlchemy refuses the class.

    ## Why
    SQLAlchemy 2.0 reads the annotations of declarative classes. One on a `mapped_column()`, a `relationship()`, or on
    nothing at all (`size: int`) that is no `Mapped[...]` raises a `MappedAnnotationError` when the class is made, so
    the module cannot be imported. `__allow_unmapped__ = True` turns the check off, and classes that are mapped as
    dataclasses have plain fields too. A `Column(...)` is taken whatever its annotation says.

    An attribute that is no column is annotated with `ClassVar[...]`.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: int = mapped_column(primary_key=True)
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


    class Base(DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True)
    ```

    ## Fix safety
    Safe: the class could not be made before. Nothing is offered for an annotation without a value, which may have been
    meant for a column or for a `ClassVar`.

    ## What it cannot see
    Which SQLAlchemy the project has, where nothing says it: 1.4 does not look at annotations, so that there it is only
    a warning, but for `mapped_column()`, which 1.4 does not have.
    Attributes of mixins and abstract classes, and classes with a base, a metaclass or a decorator that it cannot
    follow. Annotations by a name that may stand for a `Mapped[...]` are left alone.

    ## References
    - [Type annotation can't be interpreted for Annotated Declarative Table form](https://docs.sqlalchemy.org/en/20/errors.html#error-zlpr)
    - [Migration to 2.0 step six: add `__allow_unmapped__`](https://docs.sqlalchemy.org/en/20/changelog/migration_20.html#migration-to-2-0-step-six-add-allow-unmapped-to-explicitly-typed-orm-models)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """Each such attribute in the body of a class that is certainly mapped as declarative classes are."""
        if not _is_checked(declared):
            return
        for each in declared.node.body:
            match each:
                case n.AnnAssign(target=n.Name(id=name), annotation=annotation, value=value):
                    if _judged(declared, name, value) and _is_plain(declared.world, declared.path, annotation):
                        yield _hit(declared, name, annotation, value)
                case _:
                    pass


def _is_checked(declared: ModelDeclared) -> bool:
    model = declared.model
    if not model.mapped or model.flavour != "declarative":
        return False
    if "__allow_unmapped__" in model.others or is_migration(declared.world, declared.path):
        return False
    return lineage(declared.world, model) is not None


def _judged(declared: ModelDeclared, name: str, value: n.Expr | None) -> bool:
    """Whether the attribute has a value (or none) that SQLAlchemy wants to be annotated with `Mapped`."""
    if name.startswith("__") and name.endswith("__"):
        return False
    match value:
        case None | n.Constant(kind="none"):
            others = sum(each.name == name for each in declared.fact.attributes)
            return name not in declared.fact.methods and others == 1 and _stays(declared, name)
        case n.Call(func=func):
            return library_name(declared.world, declared.path, func) in _MAPPED
        case _:
            return False


def _stays(declared: ModelDeclared, name: str) -> bool:
    """Whether no other statement of the class body binds the name."""
    own = [each for each in declared.node.body if not isinstance(each, n.AnnAssign)]
    for each in own:
        match each:
            case n.FunctionDef() | n.ClassDef():
                if each.name == name:
                    return False
            case _:
                if any(isinstance(inner, n.Name) and inner.id == name for inner in walk(each)):
                    return False
    return True


def _is_plain(world: World, path: str, node: n.Expr) -> bool:
    """Whether an annotation is certainly a type of Python's or a class of the project, and nothing of SQLAlchemy's."""
    match node:
        case n.Constant(kind="str"):
            inner = expression_from(str(node.value))
            return inner is not None and _is_plain(world, path, inner)
        case n.Constant(kind="none"):
            return True
        case n.BinOp(op="|", left=left, right=right):
            return _is_plain(world, path, left) and _is_plain(world, path, right)
        case n.Subscript(value=value, index=index):
            words = (each for each in walk(index) if isinstance(each, n.Name | n.Attribute))
            meant = any(_last(each) in _OTHER_MEANINGS for each in words) or "Mapped" in _texts(index)
            return not meant and _is_plain(world, path, value)
        case n.Name(id=name) if name in _BUILTINS and names.resolve(world, path, name) is None:
            return True
        case n.Name() | n.Attribute():
            binding = names.resolve_expression(world, path, node)
            if isinstance(binding, names.Outside):
                module, _, last = binding.name.rpartition(".")
                return binding.name.startswith(_STANDARD) or (module == "typing" and last in _TYPING)
            if isinstance(binding, names.InProject) and binding.kind == "class":
                return world.model(binding.ref) is not None or names.is_enum(world, binding.ref)
            return False
        case _:
            return False


def _last(node: n.Expr) -> str:
    return node.id if isinstance(node, n.Name) else (node.attr if isinstance(node, n.Attribute) else "")


def _texts(node: n.Expr) -> str:
    return " ".join(str(each.value) for each in walk(node) if isinstance(each, n.Constant) and each.kind == "str")


def _hit(declared: ModelDeclared, name: str, annotation: n.Expr, value: n.Expr | None) -> Hit:
    place = declared.at(annotation)
    attribute = f"{declared.fact.qualname.rsplit('.', 1)[-1]}.{name}"
    # SQLAlchemy 1.4 does not look at annotations: where nobody says that it is not that, the code may well run.
    new = isinstance(value, n.Call) and library_name(declared.world, declared.path, value.func) == "mapped_column"
    severity = None if new or declared.world.knows(">=2.0") else Severity.WARNING
    if not isinstance(value, n.Call):
        return Hit(
            place,
            f"SQLAlchemy raises a `MappedAnnotationError` for `{attribute}`: annotate a column with `Mapped[...]`, and "
            "what is none with `ClassVar[...]`.",
            severity=severity,
        )
    mapped = local_name(declared.world, declared.path, "Mapped")
    fix = Fix(
        f"Annotate with `{mapped}[...]`",
        True,
        (Replace(place, f"{mapped}[{{0}}]", (place,)), AddImport(place, "sqlalchemy.orm", "Mapped")),
    )
    return Hit(
        place,
        f"SQLAlchemy raises a `MappedAnnotationError` for `{attribute}`: annotate it with `Mapped[...]`.",
        fix=None if shadowed(declared, mapped) else fix,
        severity=severity,
    )
