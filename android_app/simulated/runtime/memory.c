/* android.os.Debug: the memory of this process. glibc's arenas are not bionic's, so these are numbers of the simulated phone alone. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include "native.h"

NATIVE(jlong, android_os_Debug, getNativeHeapAllocatedSize) { return mallinfo2().uordblks; }
NATIVE(jlong, android_os_Debug, getNativeHeapFreeSize) { return mallinfo2().fordblks; }
NATIVE(jlong, android_os_Debug, getNativeHeapSize) {
  struct mallinfo2 all = mallinfo2();
  return all.arena + all.hblkhd;
}

/* In kB, as Android's. */
NATIVE(jlong, android_os_Debug, getPss__) {
  FILE *file = fopen("/proc/self/smaps_rollup", "re");
  char line[256];
  long found = 0;
  while (file && !found && fgets(line, sizeof line, file)) sscanf(line, "Pss: %ld", &found);
  if (file) fclose(file);
  return found;
}
