/* Formatted printing and reading. long double is IEEE quad on Android's 64-bit x86 and 80 bits in glibc (NDK guide "ABIs", x86_64), so %L cannot be passed
 * on: a library that uses it is ended with the reason, not given wrong numbers. The _chk forms are those of bionic's fortified headers.
 * C and POSIX pass a long double behind a format to: printf, fprintf, sprintf, snprintf, dprintf, asprintf and their v forms; wprintf, fwprintf, swprintf and
 * theirs; scanf, fscanf, sscanf, wscanf, fwscanf, swscanf and theirs, which write one; syslog; strfmon. Those that the app's libraries call are here, and any
 * other stops the preparation, for it has neither a function here nor a line in same_abi.txt. */
#pragma once
#include <wchar.h>
#include "streams.h"
#include "telling.h"

static int has_long_double(const char *format) {
  for (const char *p = format; (p = strchr(p, '%')); p++) {
    if (*++p == '%') continue;
    p += strspn(p, "-+ #0'123456789.*$");
    if (*p == 'L') return 1;
    if (!*p) break;
  }
  return 0;
}

static const char *printable(const char *format) {
  if (has_long_double(format)) end("printf(\"%s\"): a long double", format);
  return format;
}

static const char *readable(const char *format) {
  if (has_long_double(format)) end("sscanf(\"%s\"): a long double", format);
  return format;
}

/* Letters that are not ASCII mean nothing in a format; a wide one is looked at, and told, without them. */
static const wchar_t *printable_wide(const wchar_t *format) {
  char plain[256];
  for (const wchar_t *p = format; (p = wcschr(p, L'%')) && p[1]; p += 2) {
    size_t n = 0;
    for (; n < sizeof plain - 1 && p[n]; n++) plain[n] = p[n] > 0 && p[n] < 128 ? p[n] : '?';
    plain[n] = 0;
    if (p[1] != L'%' && p[1 + wcsspn(p + 1, L"-+ #0'123456789.*$")] == L'L') end("swprintf(\"%s\"): a long double", plain);
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
int bionic_swprintf(wchar_t *b, size_t n, const wchar_t *f, ...) { WITH_VALUES(vswprintf(b, n, printable_wide(f), values)); }
int bionic_vsscanf(const char *s, const char *f, va_list v) { return vsscanf(s, readable(f), v); }
int bionic_sscanf(const char *s, const char *f, ...) { WITH_VALUES(vsscanf(s, readable(f), values)); }

int bionic___vsnprintf_chk(char *b, size_t n, int flags, size_t room, const char *f, va_list v) {
  if (n > room) end("vsnprintf: prevented %zu-byte write into %zu-byte buffer", n, room);
  return vsnprintf(b, n, printable(f), v);
}

int bionic___vsprintf_chk(char *b, int flags, size_t room, const char *f, va_list v) {
  int result = vsnprintf(b, room > 0x7fffffff ? 0x7fffffff : room, printable(f), v);
  if (result >= 0 && (size_t)result >= room) end("vsprintf: prevented write past end of %zu-byte buffer", room);
  return result;
}
