/* android.os.Process, android.os.Trace, and of libcore.io.Linux what they and engines ask. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

NATIVE(void, android_os_Process, setThreadPriority__I, jint nice) { setpriority(PRIO_PROCESS, 0, nice); }
NATIVE(void, android_os_Process, setThreadPriority__II, jint thread, jint nice) { setpriority(PRIO_PROCESS, thread, nice); }
NATIVE(jint, android_os_Process, getThreadPriority, jint thread) { return getpriority(PRIO_PROCESS, thread); }
NATIVE(jintArray, android_os_Process, getExclusiveCores) { return (*env)->NewIntArray(env, 0); }
NATIVE(jboolean, android_os_Trace, nativeIsTagEnabled, jlong tag) { return 0; }
NATIVE(void, android_os_Trace, nativeRegisterWithPerfetto) {}
NATIVE(jint, libcore_io_Linux, getpid) { return getpid(); }
NATIVE(jint, libcore_io_Linux, getuid) { return getuid(); }
NATIVE(jint, libcore_io_Linux, gettid) { return syscall(SYS_gettid); }
NATIVE(jlong, libcore_io_Linux, sysconf, jint number) { return sysconf(number); }

/* The fields that Os.sysconf is called with; all others stay 0. */
NATIVE(void, android_system_OsConstants, initConstants) {
  static const struct {
    const char *name;
    int value;
  } constants[] = {{"_SC_PAGESIZE", _SC_PAGESIZE}, {"_SC_PAGE_SIZE", _SC_PAGESIZE}, {"_SC_NPROCESSORS_CONF", _SC_NPROCESSORS_CONF},
                   {"_SC_NPROCESSORS_ONLN", _SC_NPROCESSORS_ONLN}, {"_SC_CLK_TCK", _SC_CLK_TCK}, {"_SC_PHYS_PAGES", _SC_PHYS_PAGES}};
  for (unsigned i = 0; i < sizeof constants / sizeof *constants; i++)
    (*env)->SetStaticIntField(env, self, (*env)->GetStaticFieldID(env, self, constants[i].name, "I"), constants[i].value);
}
