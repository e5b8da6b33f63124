/* Text, error numbers, and the checks that bionic's fortified headers put before functions. */
#pragma once
#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/select.h>
#include "telling.h"

int *bionic___errno(void) { return __errno_location(); }

/* Both forms under bionic's names: POSIX's gives a number, GNU's a text. */
extern int __xpg_strerror_r(int, char *, size_t);
int bionic_strerror_r(int number, char *b, size_t n) { return __xpg_strerror_r(number, b, n); }
char *bionic___gnu_strerror_r(int number, char *b, size_t n) { return strerror_r(number, b, n); }

/* bionic's does not write to what it is given. */
char *bionic_dirname(const char *path) {
  static __thread char copy[4096];
  copy[0] = 0;
  strncat(copy, path ? path : ".", sizeof copy - 1);
  return (dirname)(copy);
}

char *bionic___strchr_chk(const char *s, int c, size_t room) { return strchr(s, c); }

size_t bionic___strlen_chk(const char *s, size_t room) {
  size_t length = strlen(s);
  if (length >= room) end("strlen: detected read past end of buffer");
  return length;
}

static void checked(int descriptor, size_t room, const char *name) {
  if (descriptor < 0 || descriptor >= FD_SETSIZE || room < sizeof(fd_set)) end("%s: file descriptor %d", name, descriptor);
}

void bionic___FD_SET_chk(int descriptor, fd_set *set, size_t room) {
  checked(descriptor, room, "FD_SET");
  FD_SET(descriptor, set);
}

int bionic___FD_ISSET_chk(int descriptor, const fd_set *set, size_t room) {
  checked(descriptor, room, "FD_ISSET");
  return FD_ISSET(descriptor, set) != 0;
}
