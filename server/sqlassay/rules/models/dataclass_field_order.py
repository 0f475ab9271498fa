from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddKeyword, Fix
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.annotations import mapped_inner
from sqlassay.rules.models.columns import library_name, maps_dataclass
from sqlassay.semantics import names
from sqlassay.semantics.canonical import canonical
from sqlassay.semantics.events import ModelDeclared
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_MAKERS = frozenset("mapped_column relationship column_property synonym composite query_expression deferred".split())
_ELSEWHERE = frozenset(("KW_ONLY", "InitVar", "ClassVar"))
_BASES = frozenset(("sa:MappedAsDataclass", "sa:DeclarativeBase", "sa:DeclarativeBaseNoMeta", "sa:AsyncAttrs"))


class _Field(Struct):
    """An argument of the `__init__` that the dataclass gets."""

    name: str
    node: n.AnnAssign
    has_default: bool


@rule("ALC348", "dataclass-field-order", severity=Severity.ERROR, sqlalchemy=">=2.0", fix="unsafe")
class DataclassFieldOrder(Rule):
    """In a class mapped as a dataclass, a field without a default follows one that has a default.

    ## Why
    The fields are the arguments of `__init__`, in order, and Python allows no argument without a default behind one
    that has one. SQLAlchemy raises an `InvalidRequestError` when the class is made, so the module cannot be imported.
    Only `default=` and `default_factory=` are defaults of the field; `insert_default=` and `server_default=` are the
    column's. A field with `init=False` is no argument, one with `kw_only=True` may stand anywhere.

    ## Example
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


    class Base(MappedAsDataclass, DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        size: Mapped[int] = mapped_column(default=1)
        name: Mapped[str] = mapped_column()
    ```

    ## Use instead
    ```python
    from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


    class Base(MappedAsDataclass, DeclarativeBase):
        pass


    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        name: Mapped[str] = mapped_column()
        size: Mapped[int] = mapped_column(default=1)
    ```

    ## Fix safety
    Unsafe: the argument can then be given by keyword only.

    ## What it cannot see
    Fields of a base or a mixin, which come first: a default there is not counted. Classes with arguments
    (`kw_only=True`, `init=False`) on themselves or on a base, and those with a field that it cannot read.

    ## References
    - [Declarative dataclass mapping](https://docs.sqlalchemy.org/en/20/orm/dataclasses.html#declarative-dataclass-mapping)
    - [Python dataclasses error encountered when creating dataclass](https://docs.sqlalchemy.org/en/20/errors.html#error-dcte)
    """

    def model_declared(self, declared: ModelDeclared) -> Iterator[Hit]:
        """A field of the class's own body that stands behind a default."""
        if not _is_plain(declared):
            return
        before: _Field | None = None
        for field in _fields(declared) or ():
            if field.has_default:
                before = before or field
            elif before is not None:
                yield Hit(
                    declared.at(field.node.target),
                    f"`{field.name}` has no default and follows `{before.name}`, which has one: SQLAlchemy raises an "
                    f"`InvalidRequestError`. Put it before `{before.name}`, or give it `kw_only=True`.",
                    fix=_fix(declared, field),
                )


def _is_plain(declared: ModelDeclared) -> bool:
    """Whether the class becomes a dataclass in the plain way."""
    world, model = declared.world, declared.model
    if declared.fact.dynamic or not maps_dataclass(world, model.ref):
        return False
    for ref in (model.ref, *model.bases):
        fact = names.class_fact(world, ref)
        if fact is None or fact.keywords or fact.decorators or not all(_known(world, ref.path, e) for e in fact.bases):
            return False
    return True


def _known(world: World, path: str, base: n.Expr) -> bool:
    node = base.value if isinstance(base, n.Subscript) else base
    binding = names.resolve_expression(world, path, node)
    if isinstance(binding, names.InProject):
        return binding.kind == "class"
    return isinstance(binding, names.Outside) and canonical(binding.name) in _BASES


def _fields(declared: ModelDeclared) -> list[_Field] | None:
    """The class's own fields that are arguments of `__init__`, in order; None where one cannot be read."""
    found: list[_Field] = []
    for each in declared.node.body:
        match each:
            case n.If() | n.Try() | n.Match():
                return None
            case n.AnnAssign(target=n.Name(id=name)):
                pass
            case _:
                continue
        if name.startswith("__") or any(_last(part) == "ClassVar" for part in walk(each.annotation)):
            continue
        if any(_last(part) in _ELSEWHERE for part in walk(each.annotation)) or _is_inherited(declared, name):
            return None
        inner = mapped_inner(declared.world, declared.path, each.annotation)
        if inner is None or not _is_type(declared, inner):
            return None
        field = _field(declared, name, each)
        if field is None:
            return None
        found.extend(field)
    return found


def _is_inherited(declared: ModelDeclared, name: str) -> bool:
    """Whether a base has the field: it then keeps the base's place."""
    return any(names.find_attribute(declared.world, each, name) is not None for each in declared.model.bases)


def _is_type(declared: ModelDeclared, node: n.Expr) -> bool:
    """Whether no alias stands in the annotation, which might carry a `mapped_column` of its own."""
    for each in walk(node):
        if isinstance(each, n.Name):
            binding = names.resolve(declared.world, declared.path, each.id)
            if isinstance(binding, names.InProject) and binding.kind == "variable":
                return False
    return True


def _field(declared: ModelDeclared, name: str, node: n.AnnAssign) -> list[_Field] | None:
    """The field as a list, empty where it is no argument; None where it cannot be read."""
    match node.value:
        case None:
            return [_Field(name, node, False)]
        case n.Constant():
            return [_Field(name, node, True)]
        case n.Call(func=func, keywords=keywords):
            if library_name(declared.world, declared.path, func) not in _MAKERS:
                return None
            given = {each.name: each.value for each in keywords}
            if None in given or any(isinstance(each, n.Starred) for each in node.value.args):
                return None
            flags = [given.get("init"), given.get("kw_only")]
            if any(each is not None and not isinstance(each, n.Constant) for each in flags):
                return None
            init, kw_only = (each.value if isinstance(each, n.Constant) else None for each in flags)
            if init is False or kw_only is True:
                return []
            return [_Field(name, node, "default" in given or "default_factory" in given)]
        case _:
            return None


def _last(node: n.Node) -> str:
    return node.id if isinstance(node, n.Name) else (node.attr if isinstance(node, n.Attribute) else "")


def _fix(declared: ModelDeclared, field: _Field) -> Fix | None:
    if not isinstance(field.node.value, n.Call):
        return None
    return Fix("Give it `kw_only=True`", False, (AddKeyword(declared.at(field.node.value), "kw_only", "True"),))
