"""Android's system properties, all at once: what ``getprop`` prints. Pure."""

import re

# A name, then a value that may go on over lines.
_PROPERTY = re.compile(r"^\[([^\]\n]{1,200})\]: \[(.*?)\]\r?$", re.MULTILINE | re.DOTALL)
MAX_VALUE = 4096


def read(text: str) -> dict[str, str]:
    """Names and values; lines of another form are left out, values over 4,096 characters cut."""
    return {name: value[:MAX_VALUE] for name, value in _PROPERTY.findall(text)}
