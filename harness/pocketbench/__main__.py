"""``python -m pocketbench``."""

from pocketbench.cli import main

main()
