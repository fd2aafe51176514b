/* taylor.c - Taylor coefficients. */
#include "lang/steps.h"

value derive_taylor(evaluator *e, value y, value x, value n) {
    (void)y, (void)x, (void)n;
    record_fail(&e->rec, DIAG_UNSUPPORTED, "taylor is not evaluated by this version of gtape");
}
