/* android.os.MessageQueue: what its looper waits on, one eventfd each. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "native.h"

struct queue {
  int event;
  volatile int polling;
};

NATIVE(jlong, android_os_MessageQueue, nativeInit) {
  struct queue *made = calloc(1, sizeof *made);
  if (made) made->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return (jlong)made;
}

NATIVE(void, android_os_MessageQueue, nativeDestroy, jlong pointer) {
  close(((struct queue *)pointer)->event);
  free((void *)pointer);
}

NATIVE(void, android_os_MessageQueue, nativePollOnce, jlong pointer, jint milliseconds) {
  struct queue *queue = (struct queue *)pointer;
  struct pollfd waited = {queue->event, POLLIN, 0};
  uint64_t count;
  queue->polling = 1;
  poll(&waited, 1, milliseconds);
  queue->polling = 0;
  if (read(queue->event, &count, sizeof count) < 0) return; /* nothing had come: the time was up */
}

NATIVE(void, android_os_MessageQueue, nativeWake, jlong pointer) {
  uint64_t one = 1;
  if (write(((struct queue *)pointer)->event, &one, sizeof one) < 0) return; /* it is awake already */
}

NATIVE(jboolean, android_os_MessageQueue, nativeIsPolling, jlong pointer) { return ((struct queue *)pointer)->polling != 0; }
