/* EGL and OpenGL ES, by the computer's own libraries where POCKETBENCH_DRIVERS names gles. Elsewhere every call answers 0, and eglGetError
 * EGL_NOT_INITIALIZED, as on a phone whose driver does not start: engines then say so in their own words. */
#pragma once
#include <dlfcn.h>
#include "driver.h"
#include "telling.h"

static void *graphics_egl, *graphics_gles;
static long graphics_none(void) { return 0; }
static int graphics_error(void) { return 0x3001; } /* EGL_NOT_INITIALIZED */

static int graphics_open(void) {
  if (!has_driver("gles")) return 0;
  graphics_egl = dlopen("libEGL.so.1", RTLD_NOW);
  graphics_gles = dlopen("libGLESv2.so.2", RTLD_NOW);
  tell("EGL %p OpenGL ES %p", graphics_egl, graphics_gles);
  return graphics_egl && graphics_gles;
}

static void *graphics_symbol(const char *name) {
  void *found = dlsym(graphics_egl, name);
  return found ? found : dlsym(graphics_gles, name);
}
