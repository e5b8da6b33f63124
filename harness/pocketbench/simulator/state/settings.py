"""Android's settings: three tables of names and values that ``settings`` reads and writes."""

from pathlib import Path

from pocketbench.simulator.state import kept

TABLES = ("system", "secure", "global")
MAX_COUNT = 2000


class Settings:
    """The tables system, secure and global, kept in ``file`` over a reboot."""

    def __init__(self, come_with: dict[str, dict[str, str]], file: Path) -> None:
        self._file = file
        was = kept.read(file)
        self._tables = {name: {**come_with.get(name, {}), **_texts(was.get(name))} for name in TABLES}

    def get(self, table: str, name: str) -> str | None:
        """One value, None where it is not set."""
        return self._tables[table].get(name)

    def all(self, table: str) -> dict[str, str]:
        """A whole table, by name."""
        return dict(sorted(self._tables[table].items()))

    def put(self, table: str, name: str, value: str) -> bool:
        """Set one; False where there are already far too many."""
        if name not in self._tables[table] and len(self._tables[table]) >= MAX_COUNT:
            return False
        self._tables[table][name] = value
        kept.write(self._file, dict(self._tables))
        return True

    def delete(self, table: str, name: str) -> int:
        """Forget one; how many there were."""
        found = int(self._tables[table].pop(name, None) is not None)
        kept.write(self._file, dict(self._tables))
        return found


def _texts(table: object) -> dict[str, str]:
    """The texts of a table that was kept."""
    return {name: value for name, value in table.items() if isinstance(name, str) and isinstance(value, str)} if isinstance(table, dict) else {}
