/* Questions whose numbers are bionic's own: sysconf (bits/sysconf.h), pathconf (limits.h), nftw (ftw.h). */
#pragma once
#include <errno.h>
#include <ftw.h>
#include <unistd.h>
#include "telling.h"

/* Those that engines ask; any other is EINVAL, as for a name that a system does not know. */
long bionic_sysconf(int number) {
  static const short known[][2] = {
    {0x06, _SC_CLK_TCK}, {0x0b, _SC_OPEN_MAX}, {0x27, _SC_PAGESIZE}, {0x28, _SC_PAGESIZE}, {0x60, _SC_NPROCESSORS_CONF}, {0x61, _SC_NPROCESSORS_ONLN},
    {0x62, _SC_PHYS_PAGES}, {0x63, _SC_AVPHYS_PAGES}, {0x91, _SC_LEVEL1_ICACHE_LINESIZE}, {0x92, _SC_LEVEL1_DCACHE_SIZE},
    {0x93, _SC_LEVEL1_DCACHE_ASSOC}, {0x94, _SC_LEVEL1_DCACHE_LINESIZE}, {0x95, _SC_LEVEL2_CACHE_SIZE}, {0x98, _SC_LEVEL3_CACHE_SIZE}};
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i][0] == number) {
      long answer = sysconf(known[i][1]);
      tell("sysconf(0x%x) -> %ld", number, answer);
      return answer;
    }
  tell("sysconf(0x%x): not known", number);
  errno = EINVAL;
  return -1;
}

/* bionic counts from 0 in this order. */
long bionic_pathconf(const char *path, int number) {
  static const int known[] = {
    _PC_FILESIZEBITS, _PC_LINK_MAX, _PC_MAX_CANON, _PC_MAX_INPUT, _PC_NAME_MAX, _PC_PATH_MAX, _PC_PIPE_BUF, _PC_2_SYMLINKS, _PC_ALLOC_SIZE_MIN,
    _PC_REC_INCR_XFER_SIZE, _PC_REC_MAX_XFER_SIZE, _PC_REC_MIN_XFER_SIZE, _PC_REC_XFER_ALIGN, _PC_SYMLINK_MAX, _PC_CHOWN_RESTRICTED, _PC_NO_TRUNC,
    _PC_VDISABLE, _PC_ASYNC_IO, _PC_PRIO_IO, _PC_SYNC_IO};
  if (number >= 0 && number < (int)(sizeof known / sizeof *known)) return pathconf(path, known[number]);
  errno = EINVAL;
  return -1;
}

typedef int visit(const char *, const struct stat *, int, struct FTW *);
static __thread visit *visitor;

/* glibc's types in order: FTW_F FTW_D FTW_DNR FTW_NS FTW_SL FTW_DP FTW_SLN; bionic's numbers for them. */
static int visited(const char *path, const struct stat *of, int type, struct FTW *where) {
  static const int bionics[] = {0, 1, 2, 4, 5, 3, 6};
  return visitor(path, of, bionics[type], where);
}

/* FTW_PHYS 1 and FTW_MOUNT 2 are the same, FTW_DEPTH is 4 and FTW_CHDIR 8 there. */
int bionic_nftw(const char *path, visit *call, int most, int flags) {
  visitor = call;
  return nftw(path, visited, most, (flags & 3) | (flags & 4 ? FTW_DEPTH : 0) | (flags & 8 ? FTW_CHDIR : 0));
}
