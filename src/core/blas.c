/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blas.c - see blas.h. */
#include "core/blas.h"
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

static blas_functions found;
static const blas_functions none;
static void (*set_threads)(int count);
static int threads; /* asked for before the library was loaded; 0: not */
static bool disabled;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *open_first(const char *const *names) {
    void *handle = NULL;
    while (*names && !handle) handle = dlopen(*names++, RTLD_LAZY | RTLD_LOCAL);
    return handle;
}

/* A function's address from the first library that has it. */
static void *find(void *const *handles, const char *name) {
    for (int i = 0; i < 3; i++) {
        void *address = handles[i] ? dlsym(handles[i], name) : NULL;
        if (address) return address;
    }
    return NULL;
}

/* OpenBLAS gets a buffer for each thread when it is first used, and asks for ever where there is no room for
 * it (seen under ulimit -v); the products of matmul.c need none. */
static bool has_room(void) {
    size_t room = (size_t)(threads > 1 ? threads : 1) * ((size_t)160 << 20);
    void *p = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return false;
    (void)munmap(p, room);
    return true;
}

static void load(void) {
    static const char *const all[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", NULL};
    static const char *const products[] = {"libcblas.so.3", "libblas.so.3", "libcblas.so", NULL};
    static const char *const factorisations[] = {"liblapack.so.3", "liblapack.so", NULL};
    if (!has_room()) return;
    void *handles[3] = {open_first(all), NULL, NULL};
    if (!handles[0] || !dlsym(handles[0], "cblas_dgemm")) handles[1] = open_first(products);
    if (!handles[0] || !dlsym(handles[0], "dgetrf_")) handles[2] = open_first(factorisations);
        /* POSIX lets an object pointer from dlsym be used as a function; ISO C has no cast for it. */
#define FIND(member, name) *(void **)&found.member = find(handles, name)
    FIND(gemm, "cblas_dgemm");
    FIND(gemv, "cblas_dgemv");
    FIND(trsm, "cblas_dtrsm");
    FIND(getrf, "dgetrf_");
    FIND(getrs, "dgetrs_");
    FIND(getri, "dgetri_");
    FIND(potrf, "dpotrf_");
    FIND(geqrf, "dgeqrf_");
    FIND(orgqr, "dorgqr_");
    FIND(syevd, "dsyevd_");
    FIND(gesdd, "dgesdd_");
#undef FIND
    *(void **)&set_threads = find(handles, "openblas_set_num_threads");
    if (set_threads && threads) set_threads(threads);
}

const blas_functions *blas(void) {
    if (disabled) return &none;
    pthread_once(&once, load);
    return &found;
}

void blas_set_threads(int count) {
    threads = count;
    if (set_threads) set_threads(count);
}

void blas_enable(bool on) { disabled = !on; }
