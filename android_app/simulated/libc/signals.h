/* Signal sets have 8 bytes in bionic on 64 bits (bits/signal_types.h), 128 in glibc. */
#pragma once
#include <signal.h>
#include <string.h>

int bionic_sigfillset(unsigned long *set) {
  *set = ~0UL;
  return 0;
}

int bionic_pthread_sigmask(int how, const unsigned long *given, unsigned long *before) {
  sigset_t wanted, was;
  memset(&wanted, 0, sizeof wanted);
  memset(&was, 0, sizeof was);
  if (given) memcpy(&wanted, given, sizeof *given);
  int result = pthread_sigmask(how, given ? &wanted : 0, &was);
  if (before && !result) memcpy(before, &was, sizeof *before);
  return result;
}
