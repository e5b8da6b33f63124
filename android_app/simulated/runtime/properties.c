/* android.os.SystemProperties. Its numbers and truths are read as the real one does: what is none is the default. */
#include "native.h"
#include "property.h"

static int known(JNIEnv *env, jstring key, char value[PROP_VALUE_MAX]) {
  const char *name = (*env)->GetStringUTFChars(env, key, 0);
  int length = name ? property_get(name, value) : 0;
  if (name) (*env)->ReleaseStringUTFChars(env, key, name);
  return length;
}

static jlong number(JNIEnv *env, jstring key, jlong otherwise) {
  char value[PROP_VALUE_MAX], *rest;
  if (!known(env, key, value)) return otherwise;
  jlong found = strtoll(value, &rest, 0);
  return *rest ? otherwise : found;
}

static jboolean one_of(const char *value, const char *const *words) {
  while (*words && strcmp(value, *words)) words++;
  return *words != 0;
}

NATIVE(jstring, android_os_SystemProperties, native_1get__Ljava_lang_String_2Ljava_lang_String_2, jstring key, jstring otherwise) {
  char value[PROP_VALUE_MAX];
  return known(env, key, value) ? (*env)->NewStringUTF(env, value) : otherwise;
}
NATIVE(jint, android_os_SystemProperties, native_1get_1int__Ljava_lang_String_2I, jstring key, jint otherwise) { return number(env, key, otherwise); }
NATIVE(jlong, android_os_SystemProperties, native_1get_1long__Ljava_lang_String_2J, jstring key, jlong otherwise) { return number(env, key, otherwise); }
NATIVE(jboolean, android_os_SystemProperties, native_1get_1boolean__Ljava_lang_String_2Z, jstring key, jboolean otherwise) {
  static const char *const yes[] = {"1", "y", "yes", "on", "true", 0}, *const no[] = {"0", "n", "no", "off", "false", 0};
  char value[PROP_VALUE_MAX];
  known(env, key, value);
  return one_of(value, yes) || (otherwise && !one_of(value, no));
}
NATIVE(jlong, android_os_SystemProperties, native_1find, jstring key) { return 0; } /* nobody keeps a handle: callers ask by name then */
