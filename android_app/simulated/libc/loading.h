/* dlopen and dlsym. Libraries of accelerators are not there, or are the computer's where POCKETBENCH_DRIVERS names them; the system's own are this one; what
 * is looked for everywhere is looked for here first. */
#pragma once
#include <dlfcn.h>
#include "driver.h"
#include "nnapi.h"
#include "opencl.h"
#include "telling.h"

static int begins(const char *name, const char *with) { return !strncmp(name, with, strlen(with)); }

static int is_system(const char *name) {
  static const char *own[] = {"libc.so", "libm.so", "libdl.so", "liblog.so"};
  for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
    if (!strcmp(name, own[i])) return 1;
  return 0;
}

/* Names that lead on a phone to a maker's driver. */
static int is_absent(const char *name) {
  static const char *absent[] = {"libneuralnetworks", "libGL", "libEGL", "libnativewindow", "libcdsprpc", "libhidl", "libPVROCL", "libpocl", "libandroid",
                                 "libOpenCL", "libvulkan", "libQnn"};
  for (unsigned i = 0; i < sizeof absent / sizeof *absent; i++)
    if (begins(name, absent[i])) return 1;
  return 0;
}

static void *load(const char *name, int flags) {
  void *found = dlopen(name, flags);
  tell("dlopen(%s) -> %p", name ? name : "null", found);
  return found;
}

void *bionic_dlopen(const char *name, int flags) {
  if (!name) return load(name, flags);
  const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
  if (is_system(base)) return load("libc.so", flags | RTLD_NOLOAD);
  if (!strcmp(base, "libOpenCL.so") && has_driver("opencl")) return load("libOpenCL.so.1", flags);
  if (begins(base, "libvulkan.so") && has_driver("vulkan")) return load("libvulkan.so.1", flags);
  if ((!strcmp(base, "libneuralnetworks.so") || !strcmp(base, "libandroid.so")) && has_driver("nnapi")) return &nnapi_handle;
  return load(is_absent(base) ? "/absent/on/this/phone.so" : name, flags); /* so that dlerror has something to say */
}

int bionic_dlclose(void *library) { return library == &nnapi_handle ? 0 : dlclose(library); }

void *bionic_dlsym(void *library, const char *name) {
  static void *self;
  if (!self) self = dlopen("libc.so", RTLD_NOW | RTLD_NOLOAD);
  if (library == &nnapi_handle) return nnapi_symbol(name);
  void *found = cl_symbol(library, name);
  if (!found && (library == RTLD_DEFAULT || library == self)) found = dlvsym(self, name, "LIBC");
  if (!found) found = dlsym(library, name);
  tell("dlsym(%p, %s) -> %p", library, name, found);
  return found;
}
