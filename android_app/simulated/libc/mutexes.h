/* Mutexes that were not made but initialised: bionic's recursive and errorcheck initialisers have 1 << 14 and 2 << 14 in their first word (bits/pthread_types.h
 * and pthread_mutex.cpp), glibc keeps the kind in word 4. A mutex is mended when it is first used; glibc's own lock word is never of that form. */
#pragma once
#include <pthread.h>

enum { BIONIC_RECURSIVE = 1 << 14, BIONIC_ERRORCHECK = 2 << 14, BIONIC_KINDS = BIONIC_RECURSIVE | BIONIC_ERRORCHECK };

static void mend(pthread_mutex_t *mutex) {
  static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
  unsigned *words = (unsigned *)mutex, first = __atomic_load_n(words, __ATOMIC_RELAXED);
  if (__builtin_expect((first & ~BIONIC_KINDS) != 0 || !(first & BIONIC_KINDS), 1)) return;
  pthread_mutex_lock(&turn);
  if (*words == first) {
    words[4] = first == BIONIC_RECURSIVE ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK;
    __atomic_store_n(words, 0, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&turn);
}

int bionic_pthread_mutex_lock(pthread_mutex_t *m) { mend(m); return pthread_mutex_lock(m); }
int bionic_pthread_mutex_trylock(pthread_mutex_t *m) { mend(m); return pthread_mutex_trylock(m); }
int bionic_pthread_mutex_destroy(pthread_mutex_t *m) { mend(m); return pthread_mutex_destroy(m); }
