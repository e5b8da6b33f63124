/* Aligned memory, always at 64 bytes or more. XNNPACK in TensorFlow Lite 2.16.1 asks for 32 and then uses aligned 64-byte moves of AVX-512, which ends the
 * process on a processor that has them; more than what was asked for is always allowed. On a phone with such a processor (there is none) this would crash. */
#pragma once
#include <malloc.h>
#include <stdlib.h>

static size_t aligned(size_t asked) { return asked < 64 ? 64 : asked; }
void *bionic_memalign(size_t alignment, size_t size) { return memalign(aligned(alignment), size); }
int bionic_posix_memalign(void **given, size_t alignment, size_t size) { return posix_memalign(given, aligned(alignment), size); }
