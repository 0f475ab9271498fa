"""The versions that a package may have, as one interval, and whether they all lie in a specifier."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_FLOOR = Version("0")


class Versions(Struct, frozen=True):
    """The versions from `lower` (always included, as PEP 440 text) to `upper` (None: no bound)."""

    lower: str
    upper: str | None
    upper_included: bool
    source: str
    """Where it was read, for a reader."""

    @property
    def is_any(self) -> bool:
        """True where nothing is said."""
        return self.upper is None and Version(self.lower) == _FLOOR

    def text(self) -> str:
        """As a person writes it: `2.0.30`, `>=1.4,<2.1`."""
        if self.upper is None:
            return "any version" if self.is_any else f">={self.lower}"
        if self.upper == self.lower:
            return self.lower
        above = f"{'<=' if self.upper_included else '<'}{self.upper}"
        return above if Version(self.lower) == _FLOOR else f">={self.lower},{above}"

    def within(self, spec: str) -> bool:
        """True where every one of these versions satisfies the PEP 440 specifier `spec` (`!=` parts do not count).

        Raises InvalidSpecifier where `spec` is none.
        """
        other = parse_specifier(spec, "")
        if Version(self.lower) < Version(other.lower):
            return False
        if other.upper is None:
            return True
        if self.upper is None:
            return False
        mine, theirs = Version(self.upper), Version(other.upper)
        return mine < theirs or (mine == theirs and (other.upper_included or not self.upper_included))


def parse_specifier(spec: str, source: str) -> Versions:
    """The interval of a PEP 440 specifier; raises InvalidSpecifier.

    A pre-release counts as the release that it leads to, and `>` as `>=`: for advice that is near enough. What
    `!=` leaves out stays in.
    """
    lower, upper, included = _FLOOR, None, True
    for part in SpecifierSet(spec):
        low, high, high_included = _bounds(part)
        lower = max(lower, low)
        if high is not None and (upper is None or (high, high_included) < (upper, included)):
            upper, included = high, high_included
    return Versions(lower.base_version, upper.base_version if upper else None, included, source)


def _bounds(part: Specifier) -> tuple[Version, Version | None, bool]:
    """Lower bound, upper bound (None: none) and whether the upper is included."""
    operator, text = part.operator, part.version
    if operator == "===" or (operator == "==" and not text.endswith(".*")):
        try:
            version = _release(text)
        except InvalidVersion:
            raise InvalidSpecifier(f"no such version: {text!r}") from None
        return version, version, True
    if operator == "==":
        prefix = _release(text[:-2])
        return prefix, _next(prefix.release), False
    if operator == "~=":
        version = _release(text)
        return version, _next(version.release[:-1]), False
    version = _release(text)
    return {
        ">=": (version, None, True),
        ">": (version, None, True),
        "<": (_FLOOR, version, False),
        "<=": (_FLOOR, version, True),
        "!=": (_FLOOR, None, True),
    }[operator]


def _release(text: str) -> Version:
    return Version(Version(text.removesuffix(".*")).base_version)


def _next(release: tuple[int, ...]) -> Version:
    """The first version that does not start with `release`: 2.0 gives 2.1."""
    return Version(".".join(map(str, (*release[:-1], release[-1] + 1))))


def parse_target(text: str) -> Versions:
    """What a person writes as the version of a project: `2.0` is every 2.0.x, `2.0.30` that one, or a specifier.

    Raises InvalidSpecifier.
    """
    source = "target-version"
    try:
        version = Version(text)
    except InvalidVersion:
        return parse_specifier(text, source)
    if len(version.release) >= 3:
        return Versions(version.base_version, version.base_version, True, source)
    return Versions(version.base_version, str(_next(version.release)), False, source)


def hull(all_of: Iterable[Versions]) -> Versions | None:
    """The smallest interval that holds all of them; None for none of them."""
    whole: Versions | None = None
    for each in all_of:
        if whole is None:
            whole = each
            continue
        lower = min(whole.lower, each.lower, key=Version)
        if whole.upper is None or each.upper is None:
            upper, included = None, True
        else:
            upper, included = max(
                (whole.upper, whole.upper_included),
                (each.upper, each.upper_included),
                key=lambda b: (Version(b[0]), b[1]),
            )
        whole = Versions(lower, upper, included, whole.source)
    return whole
