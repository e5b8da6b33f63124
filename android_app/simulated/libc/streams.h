/* Streams. Before API 23 stdin, stdout and stderr are &__sF[0..2], and struct __sFILE has 152 bytes on 64 bits; since then they are pointers (bionic's
 * stdio.h). So every FILE * that a library gives may be one of those three, and is looked at before glibc has it. */
#pragma once
#include <stdio.h>
#include <wchar.h>

struct lookalike_file {
  char bytes[152];
};
struct lookalike_file bionic___sF[3];
FILE *bionic_stdin[1];
FILE *bionic_stdout[1];
FILE *bionic_stderr[1];

__attribute__((constructor)) static void streams_set(void) {
  *bionic_stdin = stdin;
  *bionic_stdout = stdout;
  *bionic_stderr = stderr;
}

static FILE *stream(FILE *given) {
  FILE *own[3] = {stdin, stdout, stderr};
  struct lookalike_file *old = (struct lookalike_file *)given;
  return old >= bionic___sF && old < bionic___sF + 3 ? own[old - bionic___sF] : given;
}

int bionic_fputc(int c, FILE *f) { return fputc(c, stream(f)); }
int bionic_fputs(const char *s, FILE *f) { return fputs(s, stream(f)); }
int bionic_getc(FILE *f) { return getc(stream(f)); }
int bionic_ungetc(int c, FILE *f) { return ungetc(c, stream(f)); }
wint_t bionic_fputwc(wchar_t c, FILE *f) { return fputwc(c, stream(f)); }
wint_t bionic_getwc(FILE *f) { return getwc(stream(f)); }
wint_t bionic_ungetwc(wint_t c, FILE *f) { return ungetwc(c, stream(f)); }
size_t bionic_fwrite(const void *b, size_t size, size_t count, FILE *f) { return fwrite(b, size, count, stream(f)); }
size_t bionic_fread(void *b, size_t size, size_t count, FILE *f) { return fread(b, size, count, stream(f)); }
int bionic_fflush(FILE *f) { return fflush(f ? stream(f) : 0); }
int bionic_fileno(FILE *f) { return fileno(stream(f)); }
int bionic_fclose(FILE *f) { return fclose(stream(f)); }
int bionic_fseek(FILE *f, long offset, int whence) { return fseek(stream(f), offset, whence); }
int bionic_fseeko(FILE *f, off_t offset, int whence) { return fseeko(stream(f), offset, whence); }
off_t bionic_ftello(FILE *f) { return ftello(stream(f)); }
void bionic_rewind(FILE *f) { rewind(stream(f)); }
FILE *bionic_freopen(const char *path, const char *mode, FILE *f) { return freopen(path, mode, stream(f)); }
