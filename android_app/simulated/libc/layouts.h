/* Structures that libraries pass through the look-alike to glibc as they are: these are bionic's sizes and places on 64-bit x86 (its libc/include:
 * bits/pthread_types.h, dirent.h, sys/select.h, sys/stat.h, time.h, wchar.h; the kernel's own for rusage). Where the computer's libc has others, nothing is
 * built. What bionic reserves may be more than glibc uses, never less. */
#pragma once
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <wchar.h>

#define SAME(...) _Static_assert(__VA_ARGS__, "not bionic's layout: same_abi.txt must be reviewed for this libc")
SAME(sizeof(void *) == 8 && sizeof(long) == 8 && sizeof(wchar_t) == 4 && sizeof(time_t) == 8 && sizeof(off_t) == 8);
SAME(sizeof(struct tm) == 56 && offsetof(struct tm, tm_gmtoff) == 40 && offsetof(struct tm, tm_zone) == 48);
SAME(sizeof(struct stat) == 144 && offsetof(struct stat, st_size) == 48 && offsetof(struct stat, st_mtim) == 88);
SAME(offsetof(struct dirent, d_type) == 18 && offsetof(struct dirent, d_name) == 19);
SAME(sizeof(struct rusage) == 144 && sizeof(struct timeval) == 16 && sizeof(struct timespec) == 16);
SAME(sizeof(fd_set) == 128 && sizeof(mbstate_t) == 8);
SAME(sizeof(pthread_mutex_t) == 40 && sizeof(pthread_cond_t) == 48 && sizeof(pthread_rwlock_t) == 56 && sizeof(pthread_attr_t) == 56);
SAME(sizeof(pthread_t) == 8 && sizeof(pthread_once_t) == 4 && sizeof(pthread_key_t) == 4);
SAME(sizeof(pthread_mutexattr_t) <= 8 && sizeof(pthread_condattr_t) <= 8 && PTHREAD_ONCE_INIT == 0);
SAME(PTHREAD_MUTEX_NORMAL == 0 && PTHREAD_MUTEX_RECURSIVE == 1 && PTHREAD_MUTEX_ERRORCHECK == 2); /* as bionic's */
