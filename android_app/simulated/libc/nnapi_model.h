/* A model of NNAPI's as it is put together, call by call (NDK, NeuralNetworks.h): operands, with copies of the values that are constant, and operations. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { NNAPI_OK, NNAPI_BAD = 4, NNAPI_FAILED = 5 };                                              /* ResultCode */
enum { NNAPI_FLOATS = 3, NNAPI_ADD = 0, NNAPI_DENSE = 9, NNAPI_RANK = 8, NNAPI_ENDS = 16 };     /* OperandCode, OperationCode; the most that is taken here */

typedef struct { int32_t type; uint32_t rank; const uint32_t *sizes; float scale; int32_t zero; } nnapi_type; /* ANeuralNetworksOperandType */
typedef struct { int32_t type; uint32_t rank, sizes[NNAPI_RANK]; void *value; size_t bytes; } nnapi_operand;
typedef struct { int32_t kind; uint32_t ins, outs, in[NNAPI_RANK], out; } nnapi_operation;
typedef struct {
  nnapi_operand *operands;
  nnapi_operation *operations;
  uint32_t operand_count, operation_count, ins, outs, in[NNAPI_ENDS], out[NNAPI_ENDS];
} nnapi_model;
typedef struct { char *bytes; size_t size; } nnapi_memory;

static int nnapi_model_create(nnapi_model **model) { return (*model = calloc(1, sizeof **model)) ? NNAPI_OK : NNAPI_FAILED; }

static void nnapi_model_free(nnapi_model *model) {
  for (uint32_t i = 0; model && i < model->operand_count; i++) free(model->operands[i].value);
  if (model) free(model->operands), free(model->operations);
  free(model);
}

static int nnapi_add_operand(nnapi_model *model, const nnapi_type *type) {
  if (type->rank > NNAPI_RANK) return NNAPI_BAD;
  nnapi_operand *more = realloc(model->operands, (model->operand_count + 1) * sizeof *more), made = {.type = type->type, .rank = type->rank};
  if (!more) return NNAPI_FAILED;
  if (type->rank) memcpy(made.sizes, type->sizes, type->rank * sizeof *type->sizes);
  (model->operands = more)[model->operand_count++] = made;
  return NNAPI_OK;
}

static int nnapi_set_value(nnapi_model *model, uint32_t index, const void *value, size_t bytes) {
  if (index >= model->operand_count) return NNAPI_BAD;
  nnapi_operand *operand = &model->operands[index];
  free(operand->value);
  operand->value = malloc(bytes + 1); /* one that is left out is of no bytes, and constant all the same */
  operand->bytes = value ? bytes : 0;
  if (operand->value && value) memcpy(operand->value, value, bytes);
  return operand->value ? NNAPI_OK : NNAPI_FAILED;
}

static int nnapi_set_value_from(nnapi_model *model, uint32_t index, const nnapi_memory *memory, size_t offset, size_t bytes) {
  return offset > memory->size || bytes > memory->size - offset ? NNAPI_BAD : nnapi_set_value(model, index, memory->bytes + offset, bytes);
}

static int nnapi_add_operation(nnapi_model *model, int32_t kind, uint32_t ins, const uint32_t *in, uint32_t outs, const uint32_t *out) {
  nnapi_operation *more = realloc(model->operations, (model->operation_count + 1) * sizeof *more), made = {.kind = kind, .ins = ins, .outs = outs};
  if (!more) return NNAPI_FAILED;
  for (uint32_t i = 0; i < ins && i < NNAPI_RANK; i++) made.in[i] = in[i];
  made.out = outs ? out[0] : 0;
  (model->operations = more)[model->operation_count++] = made;
  return NNAPI_OK;
}

static int nnapi_ends(nnapi_model *model, uint32_t ins, const uint32_t *in, uint32_t outs, const uint32_t *out) {
  if (ins > NNAPI_ENDS || outs > NNAPI_ENDS) return NNAPI_BAD;
  memcpy(model->in, in, ins * sizeof *in);
  memcpy(model->out, out, outs * sizeof *out);
  model->ins = ins;
  model->outs = outs;
  return NNAPI_OK;
}

static int nnapi_memory_from_fd(size_t size, int protection, int file, size_t offset, nnapi_memory **memory) {
  void *bytes = mmap(0, size, protection, MAP_SHARED, file, offset);
  if (bytes == MAP_FAILED || !(*memory = malloc(sizeof **memory))) return NNAPI_FAILED;
  **memory = (nnapi_memory){bytes, size};
  return NNAPI_OK;
}

static void nnapi_memory_free(nnapi_memory *memory) {
  if (memory) munmap(memory->bytes, memory->size);
  free(memory);
}
