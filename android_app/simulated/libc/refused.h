/* What a library may ask of a system library that this phone does not have: the answer is 0 (rules.py: REFUSED). */
#pragma once
#include "telling.h"

long lookalike_refuse(const char *name) {
  tell("%s() -> 0", name);
  return 0;
}
