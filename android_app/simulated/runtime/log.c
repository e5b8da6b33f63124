/* android.util.Log: to the phone's log. */
#define _GNU_SOURCE
#include "native.h"
#include "log.h"

enum { INFO = 4 }; /* Log.isLoggable: from here on unless a property says otherwise */

NATIVE(jboolean, android_util_Log, isLoggable, jstring tag, jint level) { return level >= INFO; }
NATIVE(jint, android_util_Log, logger_1entry_1max_1payload_1native) { return LOG_MOST; }

NATIVE(jint, android_util_Log, println_1native, jint buffer, jint level, jstring tag, jstring message) {
  const char *from = tag ? (*env)->GetStringUTFChars(env, tag, 0) : 0, *text = message ? (*env)->GetStringUTFChars(env, message, 0) : 0;
  log_say(level, from, text);
  jint length = text ? strlen(text) : 0;
  if (from) (*env)->ReleaseStringUTFChars(env, tag, from);
  if (text) (*env)->ReleaseStringUTFChars(env, message, text);
  return length;
}
