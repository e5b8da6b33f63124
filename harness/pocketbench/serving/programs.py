"""What a server is sent to run: the Python runner, or the page's modules for Node.js. The files' names there, and the files here."""

from pathlib import Path

from pocketbench import assets, pages


def files(runner: str) -> dict[str, Path]:
    """The files of ``python`` or ``node``, by their names there. Raises ToolchainMissing where the page cannot be made."""
    root = assets.find("device_scripts")
    if runner == "python":
        scripts = (file for pattern in ("*.py", "engines/*.py", "serving/*.py") for file in sorted(root.glob(pattern)))
        return {f"runner/{file.relative_to(root).as_posix()}": file for file in scripts}
    page, scripts = pages.folder(), (root / "web" / "node").glob("*.mjs")
    built = (file for file in page.rglob("*") if file.is_file() and file.suffix in (".js", ".wasm"))
    return {f"runner/node/{file.name}": file for file in sorted(scripts)} | {f"runner/page/{file.relative_to(page).as_posix()}": file for file in built}
