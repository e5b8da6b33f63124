/* long double arguments and results: IEEE quad, which glibc has as _Float128. */
#pragma once
#include <locale.h>
#include <math.h>
#include <wchar.h>

typedef _Float128 quad;
extern quad strtof128(const char *, char **), strtof128_l(const char *, char **, locale_t), wcstof128(const wchar_t *, wchar_t **);
extern long long llroundf128(quad);

quad bionic_strtold(const char *s, char **end_) { return strtof128(s, end_); }
quad bionic_strtold_l(const char *s, char **end_, locale_t l) { return strtof128_l(s, end_, l); }
quad bionic_wcstold(const wchar_t *s, wchar_t **end_) { return wcstof128(s, end_); }
long long bionic_llroundl(quad x) { return llroundf128(x); }

double bionic_nexttoward(double x, quad y) {
  if (y != y || x != x) return y != y ? (double)y : x;
  return y == x ? (double)y : nextafter(x, y > x ? HUGE_VAL : -HUGE_VAL);
}

float bionic_nexttowardf(float x, quad y) {
  if (y != y || x != x) return y != y ? (float)y : x;
  return y == x ? (float)y : nextafterf(x, y > x ? HUGE_VALF : -HUGE_VALF);
}
