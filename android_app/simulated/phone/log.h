/* The phone's log, as both the look-alike of libc and the framework's natives write it: one datagram a message to the socket that POCKETBENCH_LOG names
 * ("LEVEL PID TID TAG\0MESSAGE"), or a line on stderr where there is none. Who reads slowly delays the writer by a second at most. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOG_MOST = 4068, LOG_TAG_MOST = 100 }; /* of a message, LOGGER_ENTRY_MAX_PAYLOAD of Android's log/log_read.h; of a tag */

static int log_connected(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timeval patience = {.tv_sec = 1};
  int it = strlen(path) < sizeof address.sun_path ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
  if (it < 0) return -1;
  strcpy(address.sun_path, path);
  setsockopt(it, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(it, (struct sockaddr *)&address, sizeof address) == 0) return it;
  close(it);
  return -1;
}

static int log_socket(void) {
  static int made = -2; /* two threads that come at once make one each, and one is left open: harmless */
  if (made == -2) {
    const char *path = getenv("POCKETBENCH_LOG");
    made = path && *path ? log_connected(path) : -1;
  }
  return made;
}

/* Level is Android's priority, 2 (verbose) to 7 (fatal). */
static void log_say(int level, const char *tag, const char *message) {
  char line[LOG_MOST + LOG_TAG_MOST + 32];
  char letter = level >= 2 && level <= 7 ? "??VDIWEF"[level] : 'I';
  int head = snprintf(line, sizeof line, "%c %d %ld %.*s", letter, getpid(), syscall(SYS_gettid), LOG_TAG_MOST, tag ? tag : "") + 1;
  size_t length = strnlen(message ? message : "", LOG_MOST);
  memcpy(line + head, message, length);
  if (log_socket() < 0 || send(log_socket(), line, head + length, MSG_NOSIGNAL) < 0)
    fprintf(stderr, "%c/%s: %.*s\n", letter, tag ? tag : "", (int)length, message ? message : "");
}
