/* A library as Android's compiler would make it, in what it asks of the system: bionic's own declarations, none of this computer's headers. Each function
 * answers 1 where the system is as bionic is. */
typedef unsigned long size_t;
typedef struct { char bytes[152]; } FILE;
typedef struct { int words[10]; } pthread_mutex_t;
extern FILE __sF[], *stdout;
extern int *__errno(void);
extern long sysconf(int);
extern void *memalign(size_t, size_t), *dlopen(const char *, int), *dlsym(void *, const char *);
extern void free(void *);
extern int posix_memalign(void **, size_t, size_t), strcmp(const char *, const char *), snprintf(char *, size_t, const char *, ...);
extern int fputs(const char *, FILE *), fprintf(FILE *, const char *, ...), fflush(FILE *), dlclose(void *);
extern int pthread_mutex_lock(pthread_mutex_t *), pthread_mutex_unlock(pthread_mutex_t *), pthread_mutex_trylock(pthread_mutex_t *);
extern int sigfillset(unsigned long *), pthread_sigmask(int, const unsigned long *, unsigned long *);
extern int __system_property_get(const char *, char *), __android_log_print(int, const char *, const char *, ...);
extern _Float128 strtold(const char *, char **);
extern double nexttoward(double, _Float128);
extern int swprintf(int *, size_t, const int *, ...), sscanf(const char *, const char *, ...);
extern char *dirname(const char *), *strerror(int);
extern int strerror_r(int, char *, size_t);
extern void *AAssetManager_open(void *, const char *, int);
extern int eglGetError(void);

int streams(void) {
  return fputs("old\n", &__sF[1]) >= 0 && fprintf(stdout, "new %d\n", 23) > 0 && fflush(&__sF[1]) == 0;
}

int recursive_mutexes(void) {
  static pthread_mutex_t recursive = {{1 << 14}}, checked = {{2 << 14}}, plain;
  int twice = !pthread_mutex_lock(&recursive) && !pthread_mutex_lock(&recursive) && !pthread_mutex_unlock(&recursive) && !pthread_mutex_unlock(&recursive);
  int deadlock = !pthread_mutex_lock(&checked) && pthread_mutex_lock(&checked) == 35 && !pthread_mutex_unlock(&checked);
  return twice && deadlock && !pthread_mutex_trylock(&plain) && pthread_mutex_trylock(&plain) == 16 && !pthread_mutex_unlock(&plain);
}

int numbers(void) {
  int known = sysconf(0x27) == 4096 && sysconf(0x28) == 4096 && sysconf(0x61) > 0;
  *__errno() = 0;
  return known && sysconf(0x7777) == -1 && *__errno() == 22;
}

int aligned_memory(void) {
  void *one = memalign(32, 100), *two = 0;
  int fits = (size_t)one % 64 == 0 && posix_memalign(&two, 16, 100) == 0 && (size_t)two % 64 == 0;
  free(one);
  free(two);
  return fits;
}

int signal_sets(void) {
  unsigned long guarded[3] = {7, 0, 7}, before[2] = {0, 7}, now[2] = {0, 7};
  if (sigfillset(&guarded[1]) || guarded[0] != 7 || guarded[1] != ~0UL || guarded[2] != 7) return 0;
  unsigned long one = 1UL << 11; /* SIGUSR2 */
  if (pthread_sigmask(0, &one, before) || pthread_sigmask(0, 0, now)) return 0;
  return before[1] == 7 && now[1] == 7 && now[0] & one && !pthread_sigmask(2, before, 0);
}

int sdk(void) {
  char value[92];
  return __system_property_get("ro.build.version.sdk", value) == 2 && !strcmp(value, "26");
}

int properties(void) {
  char value[92];
  return __system_property_get("ro.product.model", value) == 2 && !strcmp(value, "P1") && __system_property_get("ro.product", value) == 0 && !*value;
}

int log_lines(void) { return __android_log_print(4, "tflite", "Replacing %d out of %d node(s)", 7, 9) > 0; }

int quads(void) {
  char *rest;
  return strtold("1.25x", &rest) == 1.25 && *rest == 'x' && nexttoward(1.0, 2) > 1.0;
}

int text(void) {
  char b[64];
  static const char path[] = "/a/b";
  return snprintf(b, sizeof b, "%s %.2f %5d", "x", 1.5, 42) == 12 && !strcmp(b, "x 1.50    42") && !strcmp(dirname(path), "/a") && strerror_r(2, b, sizeof b) == 0;
}

int libraries(void) {
  void *system = dlopen("liblog.so", 2);
  return system && dlsym(system, "sysconf") == (void *)sysconf && dlsym(0, "sysconf") == (void *)sysconf && !dlclose(system);
}

int absent_drivers(void) {
  return !dlopen("libOpenCL.so", 2) && !dlopen("/vendor/lib64/libvulkan.so", 2) && !dlopen("libneuralnetworks.so", 2) && eglGetError() == 0x3001;
}

int absent_assets(void) { return AAssetManager_open(0, "x", 0) == 0; }

int nnapi_without_an_accelerator(void) {
  void *nnapi = dlopen("libneuralnetworks.so", 2);
  unsigned count = 9;
  int (*devices)(unsigned *) = nnapi ? dlsym(nnapi, "ANeuralNetworks_getDeviceCount") : 0;
  int (*device)(unsigned, void **) = nnapi ? dlsym(nnapi, "ANeuralNetworks_getDevice") : 0;
  int (*other)(void *, void **) = nnapi ? dlsym(nnapi, "ANeuralNetworksMemoryDesc_create") : 0;
  void *none;
  int empty = devices && devices(&count) == 0 && count == 0 && device(0, &none) == 4;
  return empty && other(0, &none) == 5 && !dlsym(nnapi, "malloc") && dlclose(nnapi) == 0;
}

int nnapi_with_two_accelerators(void) {
  void *nnapi = dlopen("libneuralnetworks.so", 2), *second = 0;
  unsigned count = 0;
  const char *name = "";
  int (*devices)(unsigned *) = dlsym(nnapi, "ANeuralNetworks_getDeviceCount");
  int (*device)(unsigned, void **) = dlsym(nnapi, "ANeuralNetworks_getDevice");
  int (*named)(void *, const char **) = dlsym(nnapi, "ANeuralNetworksDevice_getName");
  return !devices(&count) && count == 2 && !device(1, &second) && !named(second, &name) && !strcmp(name, "nnapi-sample_two") && device(2, &second) == 4;
}

int wide_text(void) {
  int b[16], rest = 0;
  return swprintf(b, 16, L"%ls %.1f%%L", L"x", 1.5) == 7 && b[0] == 'x' && b[6] == 'L' && sscanf("a%L7", "a%%L%d", &rest) == 1 && rest == 7;
}

int long_doubles(void) { return fprintf(stdout, "%Lf", 1.0L); }
int wide_long_doubles(void) { int b[16]; return swprintf(b, 16, L"%5.2Lf", 1.0L); }
int read_long_doubles(void) { long double x; return sscanf("1 2", "%*d %Lf", &x); }
