"""Python calls that give another value each time: what a default must not call, but be."""

from __future__ import annotations

from msgspec import Struct

from sqlassay.facts.collect import own_statements
from sqlassay.semantics import names
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

TIME, VALUE = "time", "value"

FRESH: dict[str, str] = {
    **dict.fromkeys(
        (
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
            "time.time",
            "time.time_ns",
            "time.monotonic",
            "time.monotonic_ns",
            "time.gmtime",
            "time.localtime",
            "time.ctime",
            "arrow.now",
            "arrow.utcnow",
            "pendulum.now",
            "pendulum.today",
            "django.utils.timezone.now",
        ),
        TIME,
    ),
    **dict.fromkeys(
        (
            *(f"uuid.uuid{number}" for number in (1, 4, 6, 7, 8)),
            *(
                f"random.{name}"
                for name in ("random", "randint", "randrange", "uniform", "choice", "choices", "sample")
            ),
            "random.randbytes",
            "random.getrandbits",
            *(f"secrets.token_{name}" for name in ("hex", "bytes", "urlsafe")),
            *(f"secrets.{name}" for name in ("choice", "randbelow", "randbits")),
            "os.urandom",
            "shortuuid.uuid",
            "nanoid.generate",
            "ulid.new",
        ),
        VALUE,
    ),
}
"""What each call gives: the time, or a value of its own."""

TAKES_NOTHING = frozenset(
    (
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "random.random",
        "uuid.uuid4",
    )
)
"""Those that SQLAlchemy calls without an argument. A Python function with an optional first parameter (`uuid1`,
`token_hex`, `pendulum.now`) would be handed the execution context instead."""

_CONVERSIONS = frozenset("str int float round repr bytes hex abs".split())
_MAX_CALLS = 3


class Fresh(Struct, frozen=True):
    """A call that an expression's value comes from."""

    name: str
    """The library function's dotted name."""
    function: Ref | None
    """The project's function that returns it; None where the expression itself calls it."""

    @property
    def kind(self) -> str:
        return FRESH[self.name]


def fresh(world: World, path: str, node: n.Expr, calls: int = 0) -> Fresh | None:
    """The call that makes the value of an expression another one each time; None where nobody can say."""
    match node:
        case n.Call():
            return _call(world, path, node, calls)
        case n.Attribute(value=inner) | n.Subscript(value=inner):
            return fresh(world, path, inner, calls)
        case n.BinOp():
            return fresh(world, path, node.left, calls) or fresh(world, path, node.right, calls)
        case n.FString(template=False):
            holes = (each.value for each in node.parts if isinstance(each, n.Formatted))
            return next((found for each in holes if (found := fresh(world, path, each, calls))), None)
        case _:
            return None


def _call(world: World, path: str, node: n.Call, calls: int) -> Fresh | None:
    binding = names.resolve_expression(world, path, node.func)
    match binding:
        case names.Outside(name=name):
            return Fresh(name, None) if name in FRESH else None
        case names.InProject(kind="function", ref=ref):
            return _returned(world, ref, calls) if calls < _MAX_CALLS else None
        case None:
            pass
        case _:
            return None
    match node.func:
        case n.Attribute(value=receiver):
            return fresh(world, path, receiver, calls)
        case n.Name(id=name) if name in _CONVERSIONS and node.args:
            return fresh(world, path, node.args[0], calls)
        case _:
            return None


def _returned(world: World, ref: Ref, calls: int) -> Fresh | None:
    """The same of what a function of the project returns, wherever it returns."""
    fact = names.function_fact(world, ref)
    if fact is None or fact.decorators or fact.is_async or fact.is_generator:
        return None
    node = world.function_node(ref)
    if node is None:
        return None
    returns = [each.value for each in own_statements(node.body) if isinstance(each, n.Return)]
    found = [fresh(world, ref.path, each, calls + 1) if each is not None else None for each in returns]
    if not found or found[0] is None or not all(found):
        return None
    return Fresh(found[0].name, ref)
