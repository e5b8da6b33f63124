/* How a native method is named to the JVM (JNI specification, "Resolving Native Method Names"): the class with underscores, then the method; an underscore of
 * the method's own is _1. A native method of the framework that is not in this folder stays unbound: UnsatisfiedLinkError with its name. */
#pragma once
#include <jni.h>

#define NATIVE(type, class, name, ...) JNIEXPORT type JNICALL Java_##class##_##name(JNIEnv *env, jobject self, ##__VA_ARGS__)
