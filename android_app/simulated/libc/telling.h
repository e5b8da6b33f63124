/* What the look-alikes say of themselves: with POCKETBENCH_LOOKALIKE_TELLS every question of a library, on stderr; before they end the process, why, in the
 * phone's log as bionic does. */
#pragma once
#include <stdarg.h>
#include "log.h"

static void tell(const char *format, ...) {
  static int wanted = -1;
  if (wanted < 0) wanted = getenv("POCKETBENCH_LOOKALIKE_TELLS") != 0;
  if (!wanted) return;
  va_list values;
  va_start(values, format);
  fputs("[lookalike] ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
}

__attribute__((noreturn)) static void end(const char *format, ...) {
  char why[512];
  va_list values;
  va_start(values, format);
  vsnprintf(why, sizeof why, format, values);
  va_end(values);
  log_say(7, "libc", why);
  abort();
}
