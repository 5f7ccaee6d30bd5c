/* Integer arithmetic that says so when it does not fit. */
#ifndef SIMDIT_BASE_ARITH_H
#define SIMDIT_BASE_ARITH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes beyond this are refused on input, so that sums of a few of them cannot wrap. */
#define SIMDIT_MAX_VOLUME (UINT64_C (1) << 60)

/** simdit_ceil_div: @a / @b rounded up; @b is not 0. */
static inline uint64_t
simdit_ceil_div (uint64_t a, uint64_t b)
{
  return a / b + (a % b != 0);
}

/** simdit_round_up: the smallest multiple of @unit that is at least @a and at least @unit. */
static inline uint64_t
simdit_round_up (uint64_t a, uint64_t unit)
{
  uint64_t n = simdit_ceil_div (a, unit);

  return (n > 0 ? n : 1) * unit;
}

/** simdit_checked_product: multiplies @n factors; false when the product exceeds @limit. */
static inline bool
simdit_checked_product (const uint64_t *factors, size_t n, uint64_t limit, uint64_t *product)
{
  uint64_t p = 1;

  for (size_t i = 0; i < n; i++)
    if (__builtin_mul_overflow (p, factors[i], &p))
      return false;
  *product = p;
  return p <= limit;
}

#endif
