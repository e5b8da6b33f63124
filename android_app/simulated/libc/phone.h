/* What only a phone has: properties, its log, abort messages (bionic's sys/system_properties.h, android/log.h, android/set_abort_message.h). */
#pragma once
#include <stdarg.h>
#include "driver.h"
#include "property.h"
#include "printing.h"
#include "telling.h"

/* Native code is told API 26 where the phone has no NNAPI: from 27 on every phone has libneuralnetworks.so, and engines call it without looking whether it is
 * there (ONNX Runtime 1.29 ends by SIGSEGV). Where it has one, API 30 is what the stand-in offers (nnapi.h). */
int bionic___system_property_get(const char *name, char *value) {
  int length = property_get(name, value);
  if (!strcmp(name, "ro.build.version.sdk")) length = sprintf(value, "%d", has_driver("nnapi") ? 30 : 26);
  tell("property %s -> \"%s\"", name, value);
  return length;
}

int bionic___android_log_write(int level, const char *tag, const char *message) {
  log_say(level, tag, message);
  return 1;
}

int bionic___android_log_vprint(int level, const char *tag, const char *format, va_list values) {
  char message[LOG_MOST];
  vsnprintf(message, sizeof message, printable(format), values);
  return bionic___android_log_write(level, tag, message);
}

int bionic___android_log_print(int level, const char *tag, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int result = bionic___android_log_vprint(level, tag, format, values);
  va_end(values);
  return result;
}

__attribute__((noreturn)) void bionic___android_log_assert(const char *condition, const char *tag, const char *format, ...) {
  char message[LOG_MOST] = "";
  va_list values;
  va_start(values, format);
  if (format) vsnprintf(message, sizeof message, printable(format), values);
  va_end(values);
  log_say(7, tag, format ? message : condition ? condition : "Unspecified assertion failed");
  abort();
}


void bionic_android_set_abort_message(const char *message) {
  char line[LOG_MOST];
  snprintf(line, sizeof line, "Abort message: '%s'", message ? message : "");
  log_say(7, "libc", line);
}

void bionic_openlog(const char *name, int options, int facility) {}
void bionic_closelog(void) {}
void bionic_syslog(int priority, const char *format, ...) {}
