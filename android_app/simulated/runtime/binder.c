/* android.os.Binder: objects as plain tokens (a wake lock's, an activity thread's). There is no other process to call. */
#include <unistd.h>
#include "native.h"

NATIVE(jlong, android_os_Binder, getNativeBBinderHolder) { return 1; } /* not 0, and never looked into */
NATIVE(jlong, android_os_Binder, getNativeFinalizer) { return 1; }
NATIVE(jlong, android_os_Binder, clearCallingIdentity) { return 0; }
NATIVE(void, android_os_Binder, restoreCallingIdentity, jlong token) {}
NATIVE(void, android_os_Binder, flushPendingCommands) {}
NATIVE(jint, android_os_Binder, getThreadStrictModePolicy) { return 0; }
NATIVE(void, android_os_Binder, setThreadStrictModePolicy, jint mask) {}
NATIVE(jint, android_os_Binder, getCallingUid) { return getuid(); }
NATIVE(jint, android_os_Binder, getCallingPid) { return getpid(); }
