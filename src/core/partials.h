/* SPDX-License-Identifier: GPL-3.0-or-later */
/* partials.h - the words that partial derivatives in ops.def are written with.
 *
 * Layer: core.
 *
 * One line a word, for every expansion.  Whoever includes ops.def says what a word means by
 * defining, before this header:
 *
 *     CALL1(op, a)  CALL2(op, a, b)   the operation OP_<op> on numbers, on blocks, on records
 *     NUM(c)                          a constant
 *
 * and may then use x, w (operands), y (the result). */
#define ZERO NUM(0.0)
#define ONE  NUM(1.0)
#define HALF NUM(0.5)

#define ADD(a, b)    CALL2(ADD, a, b)
#define SUB(a, b)    CALL2(SUB, a, b)
#define MUL(a, b)    CALL2(MUL, a, b)
#define DIV(a, b)    CALL2(DIV, a, b)
#define NEG(a)       CALL1(NEG, a)
#define SQUARE(a)    CALL1(SQUARE, a)
#define RECIP(a)     CALL1(RECIP, a)
#define RECIP_POS(a) CALL1(RECIP_POS, a)
/* a * b, but 0 where a is exactly 0, whatever b is. */
#define CARRY(a, b) CALL2(CARRY, a, b)
/* 1, but nan where a is nan. */
#define DEFINED(a) CALL1(DEFINED, a)

#define GT(a, b)       CALL2(GT, a, b)
#define TIE(a, b)      CALL2(TIE, a, b)
#define SIGN(a)        CALL1(SIGN, a)
#define ROUND(a)       CALL1(ROUND, a)
#define COPYSIGN(a, b) CALL2(COPYSIGN, a, b)

#define POW(a, b)     CALL2(POW, a, b)
#define POW_X(a, b)   CALL2(POW_X, a, b)
#define POW_XX(a, b)  CALL2(POW_XX, a, b)
#define POW1(a, b)    CALL2(POW1, a, b)
#define POW2(a, b)    CALL2(POW2, a, b)
#define POWLOG(a, b)  CALL2(POWLOG, a, b)
#define POW1LOG(a, b) CALL2(POW1LOG, a, b)
#define SQRT1(a)      CALL1(SQRT1, a)
#define HYPOT(a, b)   CALL2(HYPOT, a, b)
#define HYPOTX(a, b)  CALL2(HYPOTX, a, b)
#define EXP(a)        CALL1(EXP, a)
#define LOG(a)        CALL1(LOG, a)
#define XOVERY(a, b)  CALL2(XOVERY, a, b)

#define SIN(a)         CALL1(SIN, a)
#define COS(a)         CALL1(COS, a)
#define SINPI(a)       CALL1(SINPI, a)
#define COSPI(a)       CALL1(COSPI, a)
#define RSQRT_1MX2(a)  CALL1(RSQRT_1MX2, a)
#define RECIP_1PX2(a)  CALL1(RECIP_1PX2, a)
#define INVRE(a, b)    CALL2(INVRE, a, b)
#define SINC_NTH(n, a) CALL2(SINC_NTH, n, a)

#define SINH(a)       CALL1(SINH, a)
#define COSH(a)       CALL1(COSH, a)
#define TANH(a)       CALL1(TANH, a)
#define SECH2(a)      CALL1(SECH2, a)
#define RSQRT_1PX2(a) CALL1(RSQRT_1PX2, a)
#define RSQRT_X2M1(a) CALL1(RSQRT_X2M1, a)
#define RECIP_1MX2(a) CALL1(RECIP_1MX2, a)

#define GAUSS(a)        CALL1(GAUSS, a)
#define ERFCX_NTH(n, a) CALL2(ERFCX_NTH, n, a)
#define NORM_PDF(a)     CALL1(NORM_PDF, a)

#define DIGAMMA(a)      CALL1(DIGAMMA, a)
#define POLYGAMMA(n, a) CALL2(POLYGAMMA, n, a)
#define PSI_DIFF(a, b)  CALL2(PSI_DIFF, a, b)
#define PSI1_DIFF(a, b) CALL2(PSI1_DIFF, a, b)

#define J0(a)    CALL1(J0, a)
#define J1(a)    CALL1(J1, a)
#define JN(n, a) CALL2(JN, n, a)
#define Y0(a)    CALL1(Y0, a)
#define Y1(a)    CALL1(Y1, a)
#define YN(n, a) CALL2(YN, n, a)

#define SIGMOID(a)         CALL1(SIGMOID, a)
#define SIGMOID_DIFF(a, b) CALL2(SIGMOID_DIFF, a, b)
#define SIGMOID1(a)        CALL1(SIGMOID1, a)
#define SILU1(a)           CALL1(SILU1, a)
#define GELU1(a)           CALL1(GELU1, a)
