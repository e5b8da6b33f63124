/* NNAPI (NDK, NeuralNetworks.h), only where POCKETBENCH_DRIVERS names nnapi: with the accelerators that POCKETBENCH_NNAPI names, of which none is real
 * (nnapi_run.h), or as on a phone that has the library and no driver, with no devices at all. What is not here fails. */
#pragma once
#include <unistd.h>
#include "nnapi_model.h"
#include "nnapi_run.h"
#include "telling.h"

enum { NNAPI_LEVEL = 30, NNAPI_CPU = 2, NNAPI_ACCELERATOR = 4, NNAPI_MOST = 8 }; /* feature level of Android 11; DeviceTypeCode */

typedef struct { char name[65]; } nnapi_device;
static nnapi_device nnapi_devices[NNAPI_MOST];
static char nnapi_handle;

static int nnapi_device_count(uint32_t *count) {
  const char *rest = getenv("POCKETBENCH_NNAPI");
  for (*count = 0; rest && *(rest += strspn(rest, " ")) && *count < NNAPI_MOST; rest += strcspn(rest, " "))
    snprintf(nnapi_devices[(*count)++].name, sizeof(nnapi_device), "%.*s", (int)strcspn(rest, " "), rest);
  return NNAPI_OK;
}

static int nnapi_device_of(uint32_t index, nnapi_device **device) {
  uint32_t count;
  nnapi_device_count(&count);
  *device = &nnapi_devices[index % NNAPI_MOST];
  return index < count ? NNAPI_OK : NNAPI_BAD;
}

static int nnapi_device_name(const nnapi_device *device, const char **name) { return *name = device->name, NNAPI_OK; }
static int nnapi_device_version(const nnapi_device *device, const char **version) { return *version = "1", NNAPI_OK; }
static int nnapi_device_type(const nnapi_device *device, int32_t *type) {
  return *type = strcmp(device->name, "nnapi-reference") ? NNAPI_ACCELERATOR : NNAPI_CPU, NNAPI_OK;
}
static int nnapi_device_level(const nnapi_device *device, int64_t *level) { return *level = NNAPI_LEVEL, NNAPI_OK; }
static long nnapi_level(void) { return NNAPI_LEVEL; }
static int nnapi_fails(void) { return NNAPI_FAILED; }
static int nnapi_agrees(void) { return NNAPI_OK; }
static void nnapi_kept(void *one) {}

static int nnapi_supported(const nnapi_model *model, const nnapi_device *const *devices, uint32_t count, bool *supported) {
  for (uint32_t i = 0; i < model->operation_count; i++) supported[i] = count > 0 && nnapi_supports(model, &model->operations[i]);
  return NNAPI_OK;
}

/* A model is compiled as it is, for as many devices as it likes but none that lacks an operation. */
static int nnapi_compile(nnapi_model *model, const nnapi_device *const *devices, uint32_t count, nnapi_model **compiled) {
  for (uint32_t i = 0; i < model->operation_count; i++)
    if (!count || !nnapi_supports(model, &model->operations[i])) return NNAPI_BAD;
  return *compiled = model, NNAPI_OK;
}

static int nnapi_execution_create(nnapi_model *compiled, nnapi_execution **run) {
  if (!(*run = calloc(1, sizeof **run))) return NNAPI_FAILED;
  return (*run)->model = compiled, NNAPI_OK;
}

/* Nothing runs beside its caller: what is started has ended, and a burst is the model itself. */
static int nnapi_start(nnapi_execution *run, void **event) { return *event = run, nnapi_compute(run); }
static int nnapi_burst(nnapi_model *compiled, void **burst) { return *burst = compiled, NNAPI_OK; }

static int nnapi_memory_made(const char *name, size_t size) {
  int made = memfd_create(name ? name : "ashmem", MFD_CLOEXEC);
  if (made < 0 || ftruncate(made, size) == 0) return made;
  close(made);
  return -1;
}

static void *nnapi_symbol(const char *name) {
  static const struct { const char *name; void *does; } known[] = {
      {"_getDeviceCount", nnapi_device_count}, {"_getDevice", nnapi_device_of}, {"_getRuntimeFeatureLevel", nnapi_level}, {"Device_getName", nnapi_device_name},
      {"Device_getVersion", nnapi_device_version}, {"Device_getType", nnapi_device_type}, {"Device_getFeatureLevel", nnapi_device_level},
      {"Model_create", nnapi_model_create}, {"Model_free", nnapi_model_free}, {"Model_addOperand", nnapi_add_operand},
      {"Model_setOperandValue", nnapi_set_value}, {"Model_setOperandValueFromMemory", nnapi_set_value_from},
      {"Model_setOperandSymmPerChannelQuantParams", nnapi_agrees}, {"Model_finish", nnapi_agrees}, {"Model_addOperation", nnapi_add_operation},
      {"Model_identifyInputsAndOutputs", nnapi_ends}, {"Model_relaxComputationFloat32toFloat16", nnapi_agrees},
      {"Model_getSupportedOperationsForDevices", nnapi_supported}, {"Compilation_createForDevices", nnapi_compile}, {"Compilation_finish", nnapi_agrees},
      {"Compilation_setPreference", nnapi_agrees}, {"Compilation_setCaching", nnapi_agrees}, {"Compilation_setPriority", nnapi_agrees},
      {"Compilation_setTimeout", nnapi_agrees}, {"Compilation_free", nnapi_kept}, {"Memory_createFromFd", nnapi_memory_from_fd},
      {"Memory_free", nnapi_memory_free}, {"Execution_create", nnapi_execution_create}, {"Execution_free", free}, {"Execution_setInput", nnapi_set_input},
      {"Execution_setOutput", nnapi_set_output}, {"Execution_setInputFromMemory", nnapi_set_input_from},
      {"Execution_setOutputFromMemory", nnapi_set_output_from},
      {"Execution_setTimeout", nnapi_agrees}, {"Execution_setLoopTimeout", nnapi_agrees}, {"Execution_setMeasureTiming", nnapi_agrees},
      {"Execution_compute", nnapi_compute}, {"Execution_burstCompute", nnapi_compute}, {"Execution_startCompute", nnapi_start}, {"Event_wait", nnapi_agrees},
      {"Event_free", nnapi_kept}, {"Burst_create", nnapi_burst}, {"Burst_free", nnapi_kept}, {"Execution_getOutputOperandRank", nnapi_rank}, {"Execution_getOutputOperandDimensions", nnapi_sizes}};
  static const char prefix[] = "ANeuralNetworks";
  tell("NNAPI %s", name);
  if (!strcmp(name, "ASharedMemory_create")) return (void *)nnapi_memory_made;
  if (strncmp(name, prefix, sizeof prefix - 1)) return 0;
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(name + sizeof prefix - 1, known[i].name)) return known[i].does;
  return (void *)nnapi_fails;
}
