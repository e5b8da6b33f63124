/* android.os.SystemClock: the computer's clocks. */
#include <time.h>
#include "native.h"

enum { MILLI = 1000000, MICRO = 1000, NANO = 1 };

static jlong since(clockid_t clock, long unit) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (now.tv_sec * 1000000000L + now.tv_nsec) / unit;
}

NATIVE(jlong, android_os_SystemClock, uptimeMillis) { return since(CLOCK_MONOTONIC, MILLI); }
NATIVE(jlong, android_os_SystemClock, uptimeNanos) { return since(CLOCK_MONOTONIC, NANO); }
NATIVE(jlong, android_os_SystemClock, elapsedRealtime) { return since(CLOCK_BOOTTIME, MILLI); }
NATIVE(jlong, android_os_SystemClock, elapsedRealtimeNanos) { return since(CLOCK_BOOTTIME, NANO); }
NATIVE(jlong, android_os_SystemClock, currentThreadTimeMillis) { return since(CLOCK_THREAD_CPUTIME_ID, MILLI); }
NATIVE(jlong, android_os_SystemClock, currentThreadTimeMicro) { return since(CLOCK_THREAD_CPUTIME_ID, MICRO); }
NATIVE(jlong, android_os_SystemClock, currentTimeMicro) { return since(CLOCK_REALTIME, MICRO); }
NATIVE(jlong, android_os_Process, getElapsedCpuTime) { return since(CLOCK_PROCESS_CPUTIME_ID, MILLI); }
