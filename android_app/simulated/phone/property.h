/* The phone's properties, as both the look-alike of libc and the framework's natives answer them: the lines "name=value" of the file that
 * POCKETBENCH_PROPERTIES names, read once. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROPERTIES_MOST = 1 << 17 };
#ifndef PROP_VALUE_MAX
#define PROP_VALUE_MAX 92 /* bionic's sys/system_properties.h: with the zero byte at its end */
#endif

static char properties[PROPERTIES_MOST];

/* Before main or when the library is loaded: before any thread asks. */
__attribute__((constructor)) static void properties_read(void) {
  const char *path = getenv("POCKETBENCH_PROPERTIES");
  FILE *file = path ? fopen(path, "re") : 0;
  if (!file) return;
  properties[fread(properties, 1, sizeof properties - 1, file)] = 0;
  fclose(file);
}

/* Copies the value of a name and gives its length; 0 for a name that is not there. */
static int property_get(const char *name, char value[PROP_VALUE_MAX]) {
  size_t length = strlen(name);
  value[0] = 0;
  for (const char *line = properties; *line; line += strcspn(line, "\n"), line += *line == '\n')
    if (length && !strncmp(line, name, length) && line[length] == '=') {
      size_t most = strcspn(line + length + 1, "\n");
      if (most >= PROP_VALUE_MAX) most = PROP_VALUE_MAX - 1;
      memcpy(value, line + length + 1, most);
      value[most] = 0;
      return most;
    }
  return 0;
}
