"""What a phone's root holds of this computer for the sake of its apps: drivers, a runtime, a shelf."""

from pathlib import Path

from pocketbench.app_build import jdk
from pocketbench.simulator.inside import drivers, runtime, shelf
from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.world.layout import Added


def given(profile: Profile, place: Path | None) -> Added:
    """For a profile with the drivers that this computer has; ``place`` is the shelf's folder, None for a phone that runs no apps.

    Where there is a JDK, too, there is a ``/system/bin/app_process64``, as on every phone; so that is how to see whether apps can be run.
    """
    lent = drivers.lent(profile)
    java = jdk.home()
    if place is None or java is None:
        return Added(lent.links, lent.bound)
    links = {**lent.links, "system/bin/app_process64": f"/{runtime.PLACE}/bin/java"}
    return Added(links, {**lent.bound, **runtime.bound(java), shelf.PLACE: place})
