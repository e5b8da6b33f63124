/* dalvik.system.VMRuntime: arrays (for SparseArray and its like) and what kind of machine this is. */
#include "native.h"

static jobject array(JNIEnv *env, jclass type, jint length) {
  jclass arrays = (*env)->FindClass(env, "java/lang/reflect/Array");
  jmethodID make = (*env)->GetStaticMethodID(env, arrays, "newInstance", "(Ljava/lang/Class;I)Ljava/lang/Object;");
  return (*env)->CallStaticObjectMethod(env, arrays, make, type, length);
}

NATIVE(jobject, dalvik_system_VMRuntime, newUnpaddedArray, jclass type, jint length) { return array(env, type, length); }
NATIVE(jobject, dalvik_system_VMRuntime, newNonMovableArray, jclass type, jint length) { return array(env, type, length); }
NATIVE(jboolean, dalvik_system_VMRuntime, is64Bit) { return 1; }
NATIVE(jstring, dalvik_system_VMRuntime, vmInstructionSet) { return (*env)->NewStringUTF(env, "x86_64"); }
