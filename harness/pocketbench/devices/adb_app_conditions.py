"""How a phone was while the app measured, as the app saw it before and after each order: pure."""

from collections.abc import Mapping, Sequence

from pocketbench.devices import Facts
from pocketbench.probes import STATUSES

_YES_NO = {True: "yes", False: "no"}


def worst(looks: Sequence[Mapping[str, object]]) -> Facts:
    """The worst of what was seen, under names that end with what they are: ``app_in_front``, ``app_awake``, ``app_debuggable`` (yes or no), ``app_thermal``.

    Only what the phone told; nothing where nothing was seen.
    """
    found: dict[str, str] = {}
    for key, name, bad in (("in_front", "app_in_front", False), ("awake", "app_awake", False), ("debuggable", "app_debuggable", True)):
        seen = [look[key] for look in looks if isinstance(look.get(key), bool)]
        if seen:
            found[name] = _YES_NO[bad if bad in seen else not bad]
    statuses = [status for look in looks if isinstance(status := look.get("thermal_status"), int) and 0 <= status < len(STATUSES)]
    if statuses:
        found["app_thermal"] = STATUSES[max(statuses)]
    return found


def joined(device: Facts, app: Facts) -> Facts:
    """How the device is and how the app saw it, with the worse ``thermal`` of both."""
    told = [STATUSES.index(str(one)) for one in (device.get("thermal"), app.get("app_thermal")) if one in STATUSES]
    thermal = {"thermal": STATUSES[max(told)]} if told else {}
    return {**device, **{name: value for name, value in app.items() if name != "app_thermal"}, **thermal}
