/* NNAPI as on a phone that has the library and no driver: no devices, and every other call fails (NDK, NeuralNetworks.h). Only where POCKETBENCH_DRIVERS names
 * nnapi. */
#pragma once
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "telling.h"

enum { NNAPI_FAILED = 5, NNAPI_LEVEL = 30 }; /* ANEURALNETWORKS_OP_FAILED; feature level of Android 11 */

static char nnapi_handle;
static long nnapi_level(void) { return NNAPI_LEVEL; }
static int nnapi_fails(void) { return NNAPI_FAILED; }

static int nnapi_devices(unsigned *count) {
  *count = 0;
  return 0;
}

static int nnapi_memory(const char *name, size_t size) {
  int made = memfd_create(name ? name : "ashmem", MFD_CLOEXEC);
  if (made < 0 || ftruncate(made, size) == 0) return made;
  close(made);
  return -1;
}

static void *nnapi_symbol(const char *name) {
  tell("NNAPI %s", name);
  if (!strcmp(name, "ANeuralNetworks_getDeviceCount")) return (void *)nnapi_devices;
  if (!strcmp(name, "ANeuralNetworks_getRuntimeFeatureLevel")) return (void *)nnapi_level;
  if (!strcmp(name, "ASharedMemory_create")) return (void *)nnapi_memory;
  return strncmp(name, "ANeuralNetworks", 15) ? 0 : (void *)nnapi_fails;
}
