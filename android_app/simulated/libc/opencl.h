/* OpenCL by pocl, which has processors where engines ask for a GPU: asked for GPUs it gives what it has. Its device is named plainly: at a name or vendor with
 * "AMD" or "Intel" in it TensorFlow Lite chooses images made of buffers, which pocl cannot make. Numbers are those of Khronos' CL/cl.h. */
#pragma once
#include <dlfcn.h>
#include <string.h>

enum { CL_GPU = 4, CL_VENDOR = 0x102c, CL_NAME = 0x102b, CL_BAD_VALUE = -30 };
#define CL_ANY 0xFFFFFFFFul
static const char CL_PLAIN[] = "pocl";

static int (*cl_devices)(void *, unsigned long, unsigned, void *, unsigned *);
static int (*cl_info)(void *, unsigned, size_t, void *, size_t *);

static int cl_any(void *platform, unsigned long type, unsigned most, void *found, unsigned *count) {
  return cl_devices(platform, type == CL_GPU ? CL_ANY : type, most, found, count);
}

static int cl_plain(void *device, unsigned what, size_t room, void *value, size_t *size) {
  if (what != CL_NAME && what != CL_VENDOR) return cl_info(device, what, room, value, size);
  if (value && room < sizeof CL_PLAIN) return CL_BAD_VALUE;
  if (value) memcpy(value, CL_PLAIN, sizeof CL_PLAIN);
  if (size) *size = sizeof CL_PLAIN;
  return 0;
}

static void *cl_symbol(void *library, const char *name) {
  if (!strcmp(name, "clGetDeviceIDs") && (cl_devices = dlsym(library, name))) return (void *)cl_any;
  if (!strcmp(name, "clGetDeviceInfo") && (cl_info = dlsym(library, name))) return (void *)cl_plain;
  return 0;
}
