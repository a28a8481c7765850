"""Worked out once, by whoever asks first: what is read or counted over a whole graph.

A server asks from several threads. ``functools.cached_property`` would let two of them do the
same work at the same time; here the second one waits for the first.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar, overload

_S = TypeVar("_S")
_T = TypeVar("_T")
_MISSING = object()


class once(Generic[_S, _T]):  # noqa: N801  reads as a decorator
    """A property that is worked out at its first use, by one thread.

    Kept in the object's ``__dict__`` under its own name: taken out of there, it is worked out anew.
    """

    def __init__(self, make: Callable[[_S], _T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, one: None, owner: type[_S]) -> once[_S, _T]: ...
    @overload
    def __get__(self, one: _S, owner: type[_S] | None = None) -> _T: ...

    def __get__(self, one: _S | None, owner: type[_S] | None = None) -> once[_S, _T] | _T:
        if one is None:
            return self
        return _made(one.__dict__, self._name, f"_lock {self._name}", lambda: self._make(one))


class Made:
    """What functions have made of one object, each once: for what its class does not know of."""

    def __init__(self) -> None:
        self._kept: dict[Any, Any] = {}

    def of(self, one: _S, make: Callable[[_S], _T]) -> _T:
        """Return what a function makes of the object, made at its first use by one thread."""
        return _made(self._kept, make, ("lock", make), lambda: make(one))

    def forget(self) -> None:
        """Drop it all: the object has changed."""
        self._kept.clear()


def _made(kept: dict[Any, Any], name: Any, lock: Any, make: Callable[[], _T]) -> _T:
    found = kept.get(name, _MISSING)
    if found is _MISSING:
        # (One lock a name: what needs another one asks for it with its own held, and these
        # dependencies have no circles. ``setdefault`` is one step for all threads.)
        with kept.setdefault(lock, RLock()):
            found = kept.get(name, _MISSING)
            if found is _MISSING:
                found = kept[name] = make()
    return found  # type: ignore[no-any-return]
