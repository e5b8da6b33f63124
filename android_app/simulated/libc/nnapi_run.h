/* What the stand-in for an accelerator computes: dense layers and sums of float32, one after another. All else it says that it does not support. */
#pragma once
#include "nnapi_model.h"

typedef struct { nnapi_model *model; void *in[NNAPI_ENDS], *out[NNAPI_ENDS]; } nnapi_execution;

static size_t nnapi_count(const nnapi_operand *operand) {
  size_t count = 1;
  for (uint32_t i = 0; i < operand->rank; i++) count *= operand->sizes[i];
  return count;
}

static const nnapi_operand *nnapi_input(const nnapi_model *model, const nnapi_operation *one, uint32_t place) { return &model->operands[one->in[place]]; }

static bool nnapi_supports(const nnapi_model *model, const nnapi_operation *one) {
  if (one->outs != 1 || one->ins != (one->kind == NNAPI_DENSE ? 4 : 3) || (one->kind != NNAPI_DENSE && one->kind != NNAPI_ADD)) return false;
  const nnapi_operand *fused = nnapi_input(model, one, one->ins - 1), *out = &model->operands[one->out];
  bool fits = fused->bytes == 4 && fused->value && out->type == NNAPI_FLOATS && nnapi_count(out) > 0;
  for (uint32_t i = 0; i < one->ins - 1; i++) {
    const nnapi_operand *in = nnapi_input(model, one, i);
    fits = fits && in->type == NNAPI_FLOATS && (!in->value || in->bytes == 4 * nnapi_count(in));
    fits = fits && (one->kind == NNAPI_DENSE || nnapi_count(in) == nnapi_count(out));
  }
  if (!fits || one->kind == NNAPI_ADD) return fits;
  const nnapi_operand *weights = nnapi_input(model, one, 1);
  return weights->rank == 2 && nnapi_count(weights) && nnapi_count(nnapi_input(model, one, 2)) == weights->sizes[0] &&
         nnapi_count(out) / weights->sizes[0] * weights->sizes[1] == nnapi_count(nnapi_input(model, one, 0)) && nnapi_count(out) % weights->sizes[0] == 0;
}

static float nnapi_fused(float value, int kind) { /* FuseCode: none, RELU, RELU1, RELU6 */
  float low = kind == 2 ? -1 : 0, high = kind == 2 ? 1 : 6;
  if (kind && value < low) return low;
  return kind > 1 && value > high ? high : value;
}

static void nnapi_operate(const nnapi_model *model, const nnapi_operation *one, float **values) {
  const float *a = values[one->in[0]], *b = values[one->in[1]], *bias = values[one->in[2]];
  float *out = values[one->out];
  int fused = *(int *)nnapi_input(model, one, one->ins - 1)->value;
  size_t count = nnapi_count(&model->operands[one->out]), units = one->kind == NNAPI_DENSE ? nnapi_input(model, one, 1)->sizes[0] : 1;
  size_t depth = one->kind == NNAPI_DENSE ? nnapi_input(model, one, 1)->sizes[1] : 0;
  for (size_t i = 0; i < count; i++) {
    float sum = one->kind == NNAPI_DENSE ? bias[i % units] : a[i] + b[i];
    for (size_t k = 0; k < depth; k++) sum += a[i / units * depth + k] * b[i % units * depth + k];
    out[i] = nnapi_fused(sum, fused);
  }
}

static int nnapi_set_input(nnapi_execution *run, uint32_t place, const nnapi_type *type, void *bytes, size_t size) {
  if (place >= run->model->ins || size < 4 * nnapi_count(&run->model->operands[run->model->in[place]])) return NNAPI_BAD;
  run->in[place] = bytes;
  return NNAPI_OK;
}

static int nnapi_set_output(nnapi_execution *run, uint32_t place, const nnapi_type *type, void *bytes, size_t size) {
  if (place >= run->model->outs || size < 4 * nnapi_count(&run->model->operands[run->model->out[place]])) return NNAPI_BAD;
  run->out[place] = bytes;
  return NNAPI_OK;
}

static int nnapi_set_input_from(nnapi_execution *run, uint32_t place, const nnapi_type *type, const nnapi_memory *memory, size_t offset, size_t size) {
  return offset > memory->size || size > memory->size - offset ? NNAPI_BAD : nnapi_set_input(run, place, type, memory->bytes + offset, size);
}

static int nnapi_set_output_from(nnapi_execution *run, uint32_t place, const nnapi_type *type, const nnapi_memory *memory, size_t offset, size_t size) {
  return offset > memory->size || size > memory->size - offset ? NNAPI_BAD : nnapi_set_output(run, place, type, memory->bytes + offset, size);
}

static int nnapi_compute(nnapi_execution *run) {
  const nnapi_model *model = run->model;
  float **values = calloc(model->operand_count, sizeof *values);
  void **made = calloc(model->operand_count, sizeof *made);
  for (uint32_t i = 0; i < model->ins; i++) values[model->in[i]] = run->in[i];
  for (uint32_t i = 0; i < model->outs; i++) values[model->out[i]] = run->out[i];
  for (uint32_t i = 0; i < model->operand_count; i++)
    if (!values[i]) values[i] = model->operands[i].value ? model->operands[i].value : (made[i] = calloc(nnapi_count(&model->operands[i]), 4));
  for (uint32_t i = 0; i < model->operation_count; i++) nnapi_operate(model, &model->operations[i], values);
  for (uint32_t i = 0; i < model->operand_count; i++) free(made[i]);
  free(made), free(values);
  return NNAPI_OK;
}

static int nnapi_rank(const nnapi_execution *run, uint32_t place, uint32_t *rank) {
  if (place >= run->model->outs) return NNAPI_BAD;
  *rank = run->model->operands[run->model->out[place]].rank;
  return NNAPI_OK;
}

static int nnapi_sizes(const nnapi_execution *run, uint32_t place, uint32_t *sizes) {
  uint32_t rank;
  if (nnapi_rank(run, place, &rank)) return NNAPI_BAD;
  memcpy(sizes, run->model->operands[run->model->out[place]].sizes, rank * sizeof *sizes);
  return NNAPI_OK;
}
