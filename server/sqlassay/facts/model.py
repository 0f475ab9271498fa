"""What one file declares, as plain data.

Facts of a file never contain facts of another: they name it, as written (`bases` are expressions, imports are names
of modules). The index resolves the names when somebody asks. Offsets are bytes inside the top-level statement `anchor`.
"""

from __future__ import annotations

from msgspec import Struct

from sqlassay.syntax.nodes import Call, Expr, Keyword, Param


class ImportFact(Struct, gc=False, array_like=True):
    """A local name bound by an import: `name` of `module`, or the module itself where `name` is empty."""

    module: str
    name: str
    level: int


class VariableFact(Struct, gc=False, array_like=True):
    """A name assigned at module level or in a class body; the last assignment that is not in an `except` wins."""

    name: str
    annotation: Expr | None
    value: Expr | None
    anchor: str
    start: int
    end: int
    others: tuple[Expr, ...] = ()
    """What else the module assigns to the name, in other branches and other statements."""
    typing_only: bool = False
    """It stands under `if TYPE_CHECKING`, in a class body: type checkers see it, the program does not."""
    guarded: bool = False
    """It stands under an `if` at module level: the program may never come there."""


class FunctionFact(Struct, gc=False, array_like=True):
    """A function or method; `qualname` is dotted through classes (`Repo.find`). Of nested functions, only methods of
    classes in functions are listed."""

    qualname: str
    params: tuple[Param, ...]
    returns: Expr | None
    decorators: tuple[Expr, ...]
    is_async: bool
    is_generator: bool
    anchor: str
    start: int
    end: int
    name_start: int


class SelfAttribute(Struct, gc=False, array_like=True):
    """`self.name = value` in a method (`method` is its plain name)."""

    name: str
    method: str
    annotation: Expr | None
    value: Expr | None


class ScopeFact(Struct, gc=False, array_like=True):
    """What a function that declares classes binds, by name: its parameters and locals, and what it imports."""

    variables: dict[str, VariableFact]
    """`value` is None where a name is bound by anything but one assignment."""
    imports: dict[str, ImportFact]


class ClassFact(Struct, gc=False, array_like=True):
    """A class, at module level, nested in another, or in a function; or what a `type(name, bases, dict)` makes.

    The name of a class in a function is as `facts.inner` says (`make.<locals>.User`).
    """

    qualname: str
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    decorators: tuple[Expr, ...]
    attributes: tuple[VariableFact, ...]
    """In order of their (last) assignment in the body."""
    methods: tuple[str, ...]
    self_attributes: tuple[SelfAttribute, ...]
    dynamic: bool
    """The body holds something that facts cannot say (a loop, a broken statement, an assignment by subscript)."""
    anchor: str
    start: int
    end: int
    name_start: int


class CallFact(Struct, gc=False, array_like=True):
    """A call that may map something: made for its effect at module level, or one of a few names in a function."""

    anchor: str
    function: str
    """The dotted name of the function that makes it; '' at module level."""
    call: Call


class ModuleFacts(Struct, gc=False, array_like=True):
    """Everything that other files, and the rules on declarations, can know of one file."""

    path: str
    imports: dict[str, ImportFact]
    stars: tuple[ImportFact, ...]
    exports: tuple[str, ...] | None
    """`__all__` where it is a plain list of strings."""
    classes: dict[str, ClassFact]
    functions: dict[str, FunctionFact]
    variables: dict[str, VariableFact]
    """The last assignment of each name (the first where the later ones are in an `except`)."""
    calls: tuple[CallFact, ...] = ()
    """Calls at module level that are made for their effect (`Index(...)`, `event.listen(...)`), and those in functions
    that map classes or make tables."""
    typing_only: frozenset[str] = frozenset()
    """Names that only imports under `if TYPE_CHECKING:` bind: when the module runs, they are not there."""
    scopes: dict[str, ScopeFact] = {}
    """Of the functions that declare classes, by dotted name."""

    @property
    def dotted(self) -> tuple[str, ...]:
        """The variables that are attributes of something: `User.posts = ...`."""
        return tuple(name for name in self.variables if "." in name)
