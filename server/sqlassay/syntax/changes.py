"""What differs between two versions of a text."""

from __future__ import annotations

from collections.abc import Callable


def changed_range(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Where two texts differ: start, end in the old, end in the new."""
    start = _common(old, new, min(len(old), len(new)), lambda data, low, high: data[low:high])
    rest = min(len(old), len(new)) - start
    tail = _common(old, new, rest, lambda data, low, high: data[len(data) - high : len(data) - low])
    return start, len(old) - tail, len(new) - tail


def _common(old: bytes, new: bytes, limit: int, piece: Callable[[bytes, int, int], bytes]) -> int:
    """How many bytes two texts have in common, at most `limit`, where `piece` cuts them. Halves, at memcmp's speed."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if piece(old, low, middle) == piece(new, low, middle):
            low = middle
        else:
            high = middle - 1
    return low
