"""FastAPI: what a route returns is read by its response model, after the function is over.

FastAPI validates with `from_attributes=True`, whatever the schema's configuration says, and reads every field:
`response_model_include` and `response_model_exclude` only choose what is sent of what was read. Without a response
model, rows are encoded by what they hold already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlassay.semantics import names
from sqlassay.semantics import values as v
from sqlassay.semantics.conversions import pydantic, reading
from sqlassay.semantics.conversions.shapes import Conversion, Shape
from sqlassay.semantics.world import Ref, World
from sqlassay.syntax import nodes as n

if TYPE_CHECKING:
    from sqlassay.semantics.evaluator import Evaluator

_METHODS = frozenset("get post put patch delete head options trace api_route".split())
ROUTERS = frozenset("fastapi.FastAPI fastapi.applications.FastAPI fastapi.APIRouter fastapi.routing.APIRouter".split())


def returned(self: Evaluator, node: n.Expr, value: v.Value) -> None:
    """The function being walked returns a value: where it is a route with a response model, that reads it."""
    function = self.frame.function
    if function is None or not any(True for each in v.members(value) if _may_hold(each)):
        return
    for decorator in function.decorators:
        if isinstance(decorator, n.Call) and _is_route(self, decorator.func):
            shape = _response(self, function, decorator)
            if shape is not None:
                reading.convert(self, shape, value, Conversion(node, "fastapi", forced=True, leaving=True))
            return


def _may_hold(value: v.Value) -> bool:
    """Whether a value may be rows, or hold some."""
    return isinstance(value, v.Entity | v.Collection | v.TupleValue | v.Result | v.DictValue | v.Statement)


def _response(self: Evaluator, function: n.FunctionDef, route: n.Call) -> Shape | None:
    given = next((each.value for each in route.keywords if each.name == "response_model"), None)
    return pydantic.shape_of(self.world, self.frame.path, function.returns if given is None else given)


def _is_route(self: Evaluator, func: n.Expr) -> bool:
    """`router.get` where `router` is FastAPI's application or router, or of a class of the project that inherits."""
    if not isinstance(func, n.Attribute) or func.attr not in _METHODS:
        return False
    binding = names.resolve_expression(self.world, self.frame.path, func.value)
    if isinstance(binding, names.InProject) and binding.kind == "variable":
        fact = names.variable_fact(self.world, binding.ref)
        made = fact.value if fact is not None else None
        return isinstance(made, n.Call) and _is_router(self.world, binding.ref.path, made.func)
    if binding is None and isinstance(func.value, n.Name):
        from sqlassay.semantics.expressions import load_name

        # `app = FastAPI()` in the function around.
        value = load_name(self, func.value.id)
        if isinstance(value, v.Instance):
            return _inherits(self.world, value.ref)
        return isinstance(value, v.ExternalObject) and value.name in ROUTERS
    return False


def _is_router(world: World, path: str, node: n.Expr) -> bool:
    match names.resolve_expression(world, path, node):
        case names.Outside(name=name):
            return name in ROUTERS
        case names.InProject(kind="class", ref=ref):
            return _inherits(world, ref)
        case _:
            return False


def _inherits(world: World, ref: Ref) -> bool:
    for each in names.mro(world, ref)[0]:
        fact = names.class_fact(world, each)
        for base in fact.bases if fact is not None else ():
            binding = names.resolve_expression(world, each.path, base)
            if isinstance(binding, names.Outside) and binding.name in ROUTERS:
                return True
    return False
