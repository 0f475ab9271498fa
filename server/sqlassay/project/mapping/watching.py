"""Who looks at which attribute of a model: an edit that renames one concerns those who asked for it, and no others."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from sqlassay.semantics.memo import Dependency, Memo
from sqlassay.semantics.models import ModelInfo
from sqlassay.semantics.world import Ref
from sqlassay.syntax import nodes as n
from sqlassay.syntax.place import Place

V = TypeVar("V")

_PARTS = ("columns", "relationships", "others")


class Watched(dict[str, V]):
    """The columns, relationships or other attributes of a model, which tells the memo what is looked at."""

    __slots__ = ("memo", "part", "ref")

    def __init__(self, content: dict[str, V], memo: Memo, ref: Ref, part: str) -> None:
        super().__init__(content)
        self.memo = memo
        self.ref = ref
        self.part = part

    def _one(self, name: object) -> None:
        self.memo.read(("attribute", self.ref, name))

    def _all(self) -> None:
        self.memo.read(("attributes", self.ref, self.part))

    def __getitem__(self, name: str) -> V:
        self._one(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._one(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._one(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:
        self._all()
        return super().__iter__()

    def __len__(self) -> int:
        self._all()
        return super().__len__()

    def __bool__(self) -> bool:
        self._all()
        return super().__len__() > 0

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self._all()
        return super().keys()

    def values(self) -> ValuesView[V]:  # type: ignore[override]
        self._all()
        return super().values()

    def items(self) -> ItemsView[str, V]:  # type: ignore[override]
        self._all()
        return super().items()


def watched(memo: Memo, model: ModelInfo) -> ModelInfo:
    """The model, with attributes that tell the memo who looks at them."""
    return replace(
        model,
        columns=Watched(model.columns, memo, model.ref, "columns"),
        relationships=Watched(model.relationships, memo, model.ref, "relationships"),
        others=Watched(model.others, memo, model.ref, "others"),
    )


def looked_at(ref: Ref) -> Dependency:
    """What depends on a model who has it in hand, whatever he does not ask of it."""
    return ("model", ref)


def differs(before: ModelInfo | None, after: ModelInfo | None) -> Iterator[Dependency]:
    """What changed between two states of a model, for those who looked at it."""
    known = before or after
    if known is None:
        return
    ref = known.ref
    if before is None or after is None:
        yield looked_at(ref)
        for part in _PARTS:
            yield ("attributes", ref, part)
            for name in getattr(known, part):
                yield ("attribute", ref, name)
        return
    if not all(same(getattr(before, each), getattr(after, each)) for each in _SHAPE):
        yield looked_at(ref)
    for part in _PARTS:
        old, new = getattr(before, part), getattr(after, part)
        changed = list(old) != list(new)
        for name in {**old, **new}:
            if name not in old or name not in new or not same(old[name], new[name]):
                changed = True
                yield ("attribute", ref, name)
        if changed:
            yield ("attributes", ref, part)
    for place in _moved(before, after):
        yield ("places", place.path, place.anchor)


_SHAPE = tuple(each for each in ModelInfo.__struct_fields__ if each not in (*_PARTS, "place"))


def _moved(before: ModelInfo, after: ModelInfo) -> Iterator[Place]:
    """Where something stood that findings elsewhere may point to, and does not stand any more."""
    if before.place != after.place:
        yield before.place
    for old, new in ((before.columns, after.columns), (before.relationships, after.relationships)):
        for name, each in old.items():
            if name not in new or each.place != new[name].place:
                yield each.place


def same(left: Any, right: Any) -> bool:
    """Whether two things say the same, wherever in its statement they are said."""
    if left is right or left == right:
        return True
    if type(left) is not type(right):
        return False
    match left:
        case Place():
            return bool(left.path == right.path)
        case n.Node():
            fields = left.__struct_fields__[2:]
        case Struct():
            fields = left.__struct_fields__
        case tuple() | list():
            return len(left) == len(right) and all(same(one, two) for one, two in zip(left, right, strict=True))
        case dict():
            return list(left) == list(right) and all(same(each, right[name]) for name, each in left.items())
        case _:
            return False
    return all(same(getattr(left, each), getattr(right, each)) for each in fields)
