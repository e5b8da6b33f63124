"""Reading of a program's words."""


def options_off(words: tuple[str, ...], *, valued: tuple[str, ...] = ("-d",)) -> tuple[str, ...]:
    """The words that are no options; those of ``valued`` take the next word with them."""
    kept, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word in valued:
            del rest[:1]
        elif not word.startswith("-") or word == "-":
            kept.append(word)
    return tuple(kept)


def value_of(words: tuple[str, ...], *names: str) -> str | None:
    """The word after the first of these options, or what follows its ``=``."""
    for place, word in enumerate(words):
        for name in names:
            if word == name and place + 1 < len(words):
                return words[place + 1]
            if name.startswith("--") and word.startswith(f"{name}="):
                return word.partition("=")[2]
    return None
