/* Formatted printing and reading. long double is IEEE quad on Android's 64-bit x86 and 80 bits in glibc (NDK guide "ABIs", x86_64), so %L cannot be passed
 * on: a library that uses it is ended with the reason, not given wrong numbers. The _chk forms are those of bionic's fortified headers. */
#pragma once
#include "streams.h"
#include "telling.h"

static const char *printable(const char *format) {
  for (const char *p = format; (p = strchr(p, '%')); p++) {
    if (*++p == '%') continue;
    p += strspn(p, "-+ #0'123456789.*$");
    if (*p == 'L') end("printf(\"%s\"): a long double", format);
    if (!*p) break;
  }
  return format;
}

#define WITH_VALUES(call)  \
  va_list values;          \
  va_start(values, f);     \
  int result = call;       \
  va_end(values);          \
  return result

int bionic_vsnprintf(char *b, size_t n, const char *f, va_list v) { return vsnprintf(b, n, printable(f), v); }
int bionic_vasprintf(char **b, const char *f, va_list v) { return vasprintf(b, printable(f), v); }
int bionic_vfprintf(FILE *s, const char *f, va_list v) { return vfprintf(stream(s), printable(f), v); }
int bionic_fprintf(FILE *s, const char *f, ...) { WITH_VALUES(vfprintf(stream(s), printable(f), values)); }
int bionic_printf(const char *f, ...) { WITH_VALUES(vprintf(printable(f), values)); }
int bionic_snprintf(char *b, size_t n, const char *f, ...) { WITH_VALUES(vsnprintf(b, n, printable(f), values)); }
int bionic_vsscanf(const char *s, const char *f, va_list v) { return vsscanf(s, printable(f), v); }
int bionic_sscanf(const char *s, const char *f, ...) { WITH_VALUES(vsscanf(s, printable(f), values)); }

int bionic___vsnprintf_chk(char *b, size_t n, int flags, size_t room, const char *f, va_list v) {
  if (n > room) end("vsnprintf: prevented %zu-byte write into %zu-byte buffer", n, room);
  return vsnprintf(b, n, printable(f), v);
}

int bionic___vsprintf_chk(char *b, int flags, size_t room, const char *f, va_list v) {
  int result = vsnprintf(b, room > 0x7fffffff ? 0x7fffffff : room, printable(f), v);
  if (result >= 0 && (size_t)result >= room) end("vsprintf: prevented write past end of %zu-byte buffer", room);
  return result;
}
