/* org.pocketbench.simulated.Libraries: opens an app's library so that it binds to its own neighbours first. Without RTLD_DEEPBIND, libraries that use
 * libc++_shared.so would take __cxa_throw and its like from the libstdc++ that the JVM has brought into the global scope. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include "native.h"

NATIVE(jstring, org_pocketbench_simulated_Libraries, open, jstring path) {
  const char *name = (*env)->GetStringUTFChars(env, path, 0);
  if (!name) return 0;
  const char *wrong = dlopen(name, RTLD_NOW | RTLD_DEEPBIND) ? 0 : dlerror();
  (*env)->ReleaseStringUTFChars(env, path, name);
  return wrong ? (*env)->NewStringUTF(env, wrong) : 0;
}
