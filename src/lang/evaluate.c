/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate.c - the loop over the op graph.
 *
 * Scalar elementwise operations are expanded from ops.def right into the loop: each ends with a jump to the
 * next one's code, whose distance from `others` stands in a table.  Everything else is a call of a function
 * in steps.c. */
#include "lang/evaluate.h"
#include "core/numbers.h"
#include "lang/steps.h"

/* Whether a result without history is worth a record: nan and inf are, so that notes find their origin. */
#define IS_ODD(y) UNLIKELY(!isfinite(y))

static inline u32 constant_argument(tape *t, value *v) {
    return ARG_CONST | (v->aux ? v->aux : tape_constant(t, v));
}

/* A scalar, with or without a record. */
static inline void put(value *to, double y, u32 node) {
    to->num = y;
    to->tags = node;
}

/* The result of a scalar operation goes to *to, with a record where an argument has one. */
static inline void finish1(tape *t, enum op op, u32 pc, value *x, double y, value *to) {
    u32 node = 0;
    if (op_records(op) || UNLIKELY(t->is_traced)) {
        if (x->node) node = tape_push(t, CODE(op, 0), x->node, 0, pc, y);
        else if (IS_ODD(y) && isfinite(x->num))
            node = tape_push(t, CODE(op, CODE_CONST_A), constant_argument(t, x), 0, pc, y);
    }
    put(to, y, node);
}

static inline u32 record2(tape *t, enum op op, u32 pc, value *x, value *w, u32 a, u32 b, double y) {
    u32 bits = 0;
    if (!a) a = constant_argument(t, x), bits = CODE_CONST_A;
    if (!b) b = constant_argument(t, w), bits |= CODE_CONST_B;
    return tape_push(t, CODE(op, bits), a, b, pc, y);
}

static inline void finish2(tape *t, enum op op, u32 pc, value *x, value *w, u32 a, u32 b, double y,
                           value *to) {
    u32 node = 0;
    if ((op_records(op) || UNLIKELY(t->is_traced)) &&
        ((a | b) || (IS_ODD(y) && isfinite(x->num) && isfinite(w->num))))
        node = record2(t, op, pc, x, w, a, b, y);
    put(to, y, node);
}

/* Whether one of two is a tensor. */
static inline bool any_tensor(u64 x_tags, u64 w_tags) { return (i64)(x_tags | w_tags) < 0; }
_Static_assert(VALUE_TENSOR == 1u << 31, "the sign of both tags");

/* An operand's address.  The bits of its kind are left in the product: the bases are that much lower. */
#define AT(o) ((value *)(lowered[(o) >> 30] + (uintptr_t)(o) * sizeof(value)))

#define GO() goto *(&&others + distance[in->op])

#define EVALUATE1(NAME, ...)                                                                                 \
    do_##NAME : {                                                                                            \
        value *x = AT(in->a);                                                                                \
        if (LIKELY(!is_tensor(x))) {                                                                         \
            finish1(t, OP_##NAME, pc, x, number_##NAME(x->num), AT(in->c));                                  \
        } else {                                                                                             \
            e->rec.origin = pc;                                                                              \
            *AT(in->c) = apply1(&e->rec, OP_##NAME, *x);                                                     \
        }                                                                                                    \
        pc++, in++;                                                                                          \
        GO();                                                                                                \
    }
#define EVALUATE2(NAME, ...)                                                                                 \
    do_##NAME : {                                                                                            \
        value *x = AT(in->a), *w = AT(in->b);                                                                \
        u64 xt = x->tags, wt = w->tags;                                                                      \
        if (LIKELY(!any_tensor(xt, wt))) {                                                                   \
            finish2(t, OP_##NAME, pc, x, w, (u32)xt, (u32)wt, number_##NAME(x->num, w->num), AT(in->c));     \
        } else {                                                                                             \
            e->rec.origin = pc;                                                                              \
            *AT(in->c) = apply2(&e->rec, OP_##NAME, *x, *w);                                                 \
        }                                                                                                    \
        pc++, in++;                                                                                          \
        GO();                                                                                                \
    }

/* Where the operands of the frame at work lie; to be asked again whenever a stack may have moved. */
static void find_bases(evaluator *e, value *base[static 4], uintptr_t lowered[static 4]) {
    frame *f = &e->frames.items[e->frames.count - 1];
    base[IN_REGISTER] = e->registers.items + f->registers;
    base[IN_GLOBAL] = e->globals.items;
    base[IN_LOCAL] = e->locals.items + f->locals;
    base[IN_LITERAL] = e->g->literals.items;
    for (u32 k = 0; k < 4; k++) lowered[k] = (uintptr_t)base[k] - (uintptr_t)OPERAND(k, 0) * sizeof(value);
}

/* At the end of each statement: temporaries go, limits and Ctrl-C are looked at, garbage is collected. */
static inline void end_of_statement(evaluator *e, u32 pc, u32 *start) {
    recorder *r = &e->rec;
    size_t mark = e->frames.items[e->frames.count - 1].pool;
    if (UNLIKELY(r->pool.count > mark)) pool_release(r, mark);
    e->operations += pc - *start;
    *start = pc + 1;
    if (UNLIKELY(e->interrupt || e->operations > e->operation_limit)) step_limit(e, pc);
    if (UNLIKELY(r->tape.count > r->tape.compact_at)) step_compact(e);
}

void evaluate(evaluator *e, u32 start) {
#define DISTANCE(NAME, ...) [OP_##NAME] = &&do_##NAME - &&others,
    static const ptrdiff_t distance[DO_STOP + 1] = {
#define OP1 DISTANCE
#define OP2 DISTANCE
#include "core/ops.def"
#undef OP1
#undef OP2
    };
    tape *t = &e->rec.tape;
    const instruction *code = e->g->code.items, *in;
    value *base[4];
    uintptr_t lowered[4];
    find_bases(e, base, lowered);
    u32 pc = start;
    in = &code[pc];
    GO();
#define OP1 EVALUATE1
#define OP2 EVALUATE2
#include "core/ops.def"
#undef OP1
#undef OP2
others:
    switch (in->op) {
    case DO_MOVE:
        *AT(in->c) = *AT(in->a);
        pc++;
        break;
    case DO_CHECK:
        if (UNLIKELY(is_unbound(AT(in->a)))) step_check(e, pc, in);
        pc++;
        break;
    case DO_JUMP:
        if (in->a <= pc) {
            e->repeats = true;
            e->operations += pc - start + 1;
            if (UNLIKELY(e->interrupt || e->operations > e->operation_limit)) step_limit(e, pc);
        }
        pc = start =
            in->b && e->fuses && !e->g->needs_records && !t->is_traced ? step_repeat(e, pc, base) : in->a;
        break;
    case DO_JUMP_IF_NOT: {
        int truth = step_truth(e, pc, (enum condition_use)in->n, AT(in->a));
        pc = truth == 0 ? in->b : pc + 1;
        break;
    }
    case DO_JUMP_IF: {
        int truth = step_truth(e, pc, (enum condition_use)in->n, AT(in->a));
        pc = truth == 1 ? in->b : pc + 1;
        break;
    }
    case DO_STORE:
        step_store(e, pc, in, AT(in->a), AT(in->b));
        if (LIKELY(!in->c)) end_of_statement(e, pc, &start);
        pc++;
        break;
    case DO_STORE_LEAF: {
        e->rec.origin = pc;
        value v = cut_history(e, *AT(in->a));
        step_store(e, pc, in, &v, AT(in->b));
        end_of_statement(e, pc, &start);
        pc++;
        break;
    }
    case DO_NEXT: pc = step_next(e, pc, in, base) ? pc + 1 : in->c; break;
    case DO_CALL:
        e->repeats = true;
        e->operations += pc - start + 1;
        if (UNLIKELY(e->interrupt || e->operations > e->operation_limit)) step_limit(e, pc);
        pc = start = step_call(e, pc, in, base);
        find_bases(e, base, lowered);
        break;
    case DO_PRIME:
        pc = start = step_prime(e, pc, in, base);
        find_bases(e, base, lowered);
        break;
    case DO_RETURN: {
        value y = in->a == OPERAND_NONE ? UNBOUND : *AT(in->a);
        pc = step_return(e, pc, y);
        start = pc;
        find_bases(e, base, lowered);
        break;
    }
    case DO_STOP: return;
    default:
        pc = step_other(e, pc, in, base);
        if (in->op == DO_DERIVE || in->op == DO_PRINT || in->op == DO_SOLVE) find_bases(e, base, lowered);
        if (in->op == DO_ANSWER || in->op == DO_PRINT || in->op == DO_ASSERT || in->op == DO_GIVE ||
            in->op == DO_CORRELATE || in->op == DO_SOLVE)
            end_of_statement(e, pc - 1, &start);
        break;
    }
    in = &code[pc];
    GO();
}
