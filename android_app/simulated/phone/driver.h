/* Which accelerators the phone has: the words of POCKETBENCH_DRIVERS. */
#pragma once
#include <stdlib.h>
#include <string.h>

static int has_driver(const char *word) {
  const char *rest = getenv("POCKETBENCH_DRIVERS");
  size_t length = strlen(word);
  for (; rest && *rest; rest += strcspn(rest, " ,"), rest += strspn(rest, " ,"))
    if (strcspn(rest, " ,") == length && !strncmp(rest, word, length)) return 1;
  return 0;
}
