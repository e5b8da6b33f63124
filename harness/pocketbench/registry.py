"""Named adapters, one registry a kind."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from pocketbench.errors import UnknownName


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The word users type."""


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Adapters of one kind, found by name and listed in the order they were added."""

    def __init__(self, kind: str) -> None:
        """Start empty; ``kind`` is the noun used in messages ("format", "engine")."""
        self.kind = kind
        self._known: dict[str, T] = {}

    def add(self, adapter: T) -> T:
        """Add ``adapter`` and return it. Raises ValueError when the name is taken."""
        if adapter.name in self._known:
            raise ValueError(f"two {self.kind}s named {adapter.name!r}")
        self._known[adapter.name] = adapter
        return adapter

    def get(self, name: str) -> T:
        """Return the adapter of that name. Raises UnknownName, listing the known ones."""
        if name in self._known:
            return self._known[name]
        raise UnknownName(f"no {self.kind} named {name!r}; known: {', '.join(self._known) or 'none'}", hint=nearest(name, self._known))

    def names(self) -> tuple[str, ...]:
        """Every name, in the order added."""
        return tuple(self._known)

    def __iter__(self) -> Iterator[T]:
        """Every adapter, in the order added."""
        return iter(self._known.values())


def nearest(word: str, known: Iterable[str]) -> str:
    """Say "did you mean …?" for the known word closest to ``word``, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""
