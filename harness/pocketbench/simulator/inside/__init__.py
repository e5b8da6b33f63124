"""The inner half of the simulated phone, its preparation: from an APK to something that a JVM can run. On the computer's side, outside the phone's root.

    prepare(apk)                  once per APK and computer; the rest is found again in the cache
    ├── archive, dex              the APK's own dex and x86_64 libraries, taken out within limits
    ├── elf, closed_set, rules    what the libraries want of Android's system, and what each wish becomes; or why not
    ├── lookalike, source         ``shim/``: look-alikes of Android's system libraries for exactly that set
    ├── natives                   ``shim/libandroid_runtime.so``: the native methods that the framework's classes need
    └── classes                   dex2jar, then what it leaves out: ``app.jar``, which the ordinary verifier accepts

What starts such an app has this to keep:

1. ``java`` is a JDK's folder; the class path is the launcher's own classes, then :attr:`Prepared.framework`, then :attr:`Prepared.app`: as on a phone,
   an app cannot put its own class in the place of one of the framework's. ``-Djava.library.path`` is :attr:`Prepared.lib`.
2. ``System.load`` of :attr:`Prepared.natives` before any class of the framework is touched, then of each of :attr:`Prepared.lookalikes` in order; then
   ``org.pocketbench.simulated.Libraries.open(path)`` (a native method of ``natives``; null, or what was wrong) of each of :attr:`Prepared.libraries` in order.
3. Environment of the process:

   - ``POCKETBENCH_DRIVERS``: which accelerators the phone has, of ``opencl gles vulkan nnapi``; what is not named is refused as on a phone without it.
   - ``POCKETBENCH_PROPERTIES``: a file of ``name=value`` lines, read once: what the framework's ``SystemProperties`` and the libraries'
     ``__system_property_get`` answer (but ``ro.build.version.sdk`` is 26 for native code where there is no NNAPI: docs/simulated-phone.md).
   - ``POCKETBENCH_LOG``: a UNIX datagram socket that takes the log, one message each: ``LEVEL PID TID TAG``, a zero byte, the message; level is a letter
     of ``VDIWEF``, the ids are decimal, one blank is between; at most 4,200 bytes. Without it lines go to stderr as ``LEVEL/TAG: MESSAGE``.
   - ``POCKETBENCH_LOOKALIKE_TELLS=1``: the look-alikes say on stderr what was asked of them.
"""

from pocketbench.simulator.inside.prepare import prepare
from pocketbench.simulator.inside.prepared import NotPrepared, Prepared

__all__ = ["NotPrepared", "Prepared", "prepare"]
