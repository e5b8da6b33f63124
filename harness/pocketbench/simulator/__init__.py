"""The simulated phone: the far end of ADB. A program of its own, started as ``pocketbench phone``; nothing else imports it.

    power      the door's side: sockets, the first process, waiting, the end
    ├── world/       the phone's root folder, its processes, its /sys
    ├── daemon       what runs inside: listens, boots, reboots
    │   ├── adb/         the device side of the protocol, spoken to by the real adb server
    │   ├── programs/    getprop, settings, dumpsys, pm, am, logcat … as the shell starts them
    │   └── control      faults on request, JSON lines on loopback
    ├── inside/      apps: an APK prepared on the computer's side, drivers and a runtime lent, its instrumentation run in a process of the phone's
    └── state/       what it is (profile) and how it is (properties, settings, battery, heat, log, packages, faults)

Everything that commands see is behind user, mount, process and network namespaces: the adb port listens outside, and all
else, the phone's own loopback too, is inside. So paths cannot leave the root, ``kill`` finds none of the computer's
processes, ten phones may each have a server on one port, and when the first process ends the kernel ends all the others.
"""
