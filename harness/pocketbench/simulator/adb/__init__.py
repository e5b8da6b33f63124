"""The device side of the ADB protocol over TCP, as the real adb server speaks it.

    packets → wire → connection → stream → services: shell, exec, sync, tcp and its like, reverse, reboot, root

Written from AOSP's packages/modules/adb (protocol.txt, SERVICES.TXT, SYNC.TXT, daemon/*.cpp); where the code and the
texts differ, as in the modes of pushed files, it does what the code does.
"""
