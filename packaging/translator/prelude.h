/* Hot functions of tcpexplain, translated from Python. Do not edit: make native writes this file. */
#include <stdint.h>
#include <stddef.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

#if defined(__GNUC__)
#define INLINED static inline __attribute__((always_inline))
#define PREFETCH(address) __builtin_prefetch((address), 0, 3)
#else
#define INLINED static inline
#define PREFETCH(address) ((void)0)
#endif

/* A division by zero is noted here, as the line where it stands: the call then ends with it. */
static int64_t problem;

#ifdef CHECKED
/* Every index is checked: a wrong one ends the process, and says where it stands. */
#include <stdio.h>
#include <stdlib.h>
static inline int64_t checked(int64_t index, int64_t size, int64_t length, const char *file, int line)
{
    if (index < 0 || size > length || index > length - size) {
        fprintf(stderr, "%s:%d: index %lld of %lld\n", file, line, (long long)index, (long long)length);
        abort();
    }
    return index;
}
#define INDEX(index, size, length) checked((index), (size), (length), __FILE__, __LINE__)
static inline int64_t shifted_left_checked(int64_t a, int64_t by, const char *file, int line)
{
    int64_t found = by < 0 || by > 62 ? 0 : (int64_t)((uint64_t)a << by);
    if (by < 0 || by > 62 || found >> by != a) {
        fprintf(stderr, "%s:%d: runtime error: signed integer overflow, %lld << %lld\n", file, line, (long long)a, (long long)by);
        abort();
    }
    return found;
}
#define shifted_left(a, by) shifted_left_checked((a), (by), __FILE__, __LINE__)
#else
#define INDEX(index, size, length) (index)
#define shifted_left(a, by) ((int64_t)((uint64_t)(a) << ((by) & 63)))
#endif

#define AT(array, index) ((array).p[INDEX(index, 1, (array).n)])
#define BYTES(array, index, size) ((array).p + INDEX(index, size, (array).n))

static inline int64_t big2(const uint8_t *p) { return (int64_t)p[0] << 8 | p[1]; }
static inline int64_t big4(const uint8_t *p)
{
    return (int64_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}
static inline int64_t big8(const uint8_t *p) { return (int64_t)((uint64_t)big4(p) << 32 | (uint64_t)big4(p + 4)); }
static inline int64_t little2(const uint8_t *p) { return (int64_t)p[1] << 8 | p[0]; }
static inline int64_t little4(const uint8_t *p)
{
    return (int64_t)((uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]);
}
static inline int64_t little8(const uint8_t *p) { return (int64_t)((uint64_t)little4(p + 4) << 32 | (uint64_t)little4(p)); }

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

/* Division rounds down, as Python's does. */
static inline int64_t divided(int64_t a, int64_t b, int64_t line)
{
    int64_t q;
    if (b == 0) {
        problem = line;
        return 0;
    }
    q = a / b;
    return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}
static inline int64_t modulo(int64_t a, int64_t b, int64_t line)
{
    int64_t r;
    if (b == 0) {
        problem = line;
        return 0;
    }
    r = a % b;
    return r && ((r < 0) != (b < 0)) ? r + b : r;
}
/* By 64 and more, nothing is left of a number but its sign. */
static inline int64_t shifted_right(int64_t a, int64_t by) { return a >> (by > 63 ? 63 : by); }
