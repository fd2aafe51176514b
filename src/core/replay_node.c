/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_node.c - the nodes of a plan: equal ones are one, and some are written in a way that costs less.
 *
 * A rewriting here keeps every bit of the result, but for the sign of an adjoint that is 0 and for cubes,
 * which stay within the accuracy of powers. */
#include "core/replay_parts.h"
#include "core/kernels.h"
#include <math.h>
#include <string.h>

static u64 hash_of(const replay_node *n) {
    u64 h = n->op;
    u32 parts[3] = {n->a, n->b, n->c};
    for (int i = 0; i < 3; i++) h = (h ^ parts[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    return h;
}

static bool same_node(const replay_node *x, const replay_node *y) {
    return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c;
}

/* The entry of the table where the node is, or would be. */
static u32 *entry_of(const replay *p, const replay_node *n) {
    size_t i = hash_of(n) & (p->table_size - 1);
    while (p->table[i] && !same_node(&p->nodes.items[p->table[i] - 1], n)) i = (i + 1) & (p->table_size - 1);
    return &p->table[i];
}

static void grow_table(replay *p) {
    if (p->nodes.count * 2 < p->table_size) return;
    size_t size = p->table_size ? p->table_size * 2 : 64;
    u32 *table = mem_zero(size, sizeof *table);
    mem_free(p->table);
    p->table = table;
    p->table_size = size;
    for (size_t i = 0; i < p->nodes.count; i++) *entry_of(p, &p->nodes.items[i]) = (u32)i + 1;
}

static u32 find_or_make(replay *p, u16 op, u32 a, u32 b, u32 c) {
    replay_node n = {op, a, b, c};
    grow_table(p);
    u32 *entry = entry_of(p, &n);
    if (*entry) return *entry - 1;
    array_push(&p->nodes, n);
    *entry = (u32)p->nodes.count;
    return *entry - 1;
}

bool replay_lookup(const replay *p, u16 op, u32 a, u32 *node) {
    u32 entry = p->table_size ? *entry_of(p, &(replay_node){op, a, 0, 0}) : 0;
    *node = entry - 1;
    return entry != 0;
}

/* Constants are one where their bits are. */
u32 replay_constant(replay *p, double x) {
    u32 halves[2];
    memcpy(halves, &x, sizeof x);
    return find_or_make(p, NODE_CONSTANT, 0, halves[0], halves[1]);
}

double replay_number(const replay_node *n) {
    u32 halves[2] = {n->b, n->c};
    double x;
    memcpy(&x, halves, sizeof x);
    return x;
}

static bool constant_of(const replay *p, u32 n, double *x) {
    const replay_node *node = &p->nodes.items[n];
    if (node->op != NODE_CONSTANT) return false;
    *x = replay_number(node);
    return true;
}

static bool is_constant(const replay *p, u32 n, double x) {
    double have;
    return constant_of(p, n, &have) && have == x;
}

static bool is_op(const replay *p, u32 n, u16 op) { return p->nodes.items[n].op == op; }

static u32 make1(replay *p, u16 op, u32 a) { return replay_node_of(p, op, a, 0, 0); }
static u32 make2(replay *p, u16 op, u32 a, u32 b) { return replay_node_of(p, op, a, b, 0); }

/* The same with the operands in order, where they may be exchanged. */
static u32 symmetric(replay *p, u16 op, u32 a, u32 b) {
    return a < b ? find_or_make(p, op, a, b, 0) : find_or_make(p, op, b, a, 0);
}

static u32 negated_product(replay *p, u32 a, u32 b);

static u32 product(replay *p, u32 a, u32 b) {
    if (is_constant(p, a, 1)) return b;
    if (is_constant(p, b, 1)) return a;
    if (is_constant(p, a, -1)) return make1(p, OP_NEG, b);
    if (is_constant(p, b, -1)) return make1(p, OP_NEG, a);
    if (is_op(p, a, OP_NEG)) return negated_product(p, p->nodes.items[a].a, b);
    if (is_op(p, b, OP_NEG)) return negated_product(p, p->nodes.items[b].a, a);
    return symmetric(p, OP_MUL, a, b);
}

/* The sign goes into a constant, or is left for who reads the product. */
static u32 negated_product(replay *p, u32 a, u32 b) {
    double factor;
    if (constant_of(p, b, &factor)) return product(p, a, replay_constant(p, -factor));
    return make1(p, OP_NEG, product(p, a, b));
}

/* Twice a is a product, which can be half of a step. */
static u32 sum(replay *p, u32 a, u32 b) {
    if (a == b) return product(p, a, replay_constant(p, 2));
    if (is_op(p, b, OP_NEG)) return make2(p, OP_SUB, a, p->nodes.items[b].a);
    if (is_op(p, a, OP_NEG)) return make2(p, OP_SUB, b, p->nodes.items[a].a);
    return symmetric(p, OP_ADD, a, b);
}

static u32 difference(replay *p, u32 a, u32 b) {
    double zero;
    if (constant_of(p, b, &zero) && zero == 0 && !signbit(zero)) return a;
    if (is_op(p, b, OP_NEG)) return symmetric(p, OP_ADD, a, p->nodes.items[b].a);
    return find_or_make(p, OP_SUB, a, b, 0);
}

/* A division by a power of 2 is a product. */
static u32 quotient(replay *p, u32 a, u32 b) {
    double w;
    int exponent;
    if (constant_of(p, b, &w) && fabs(frexp(w, &exponent)) == 0.5 && exponent > -1000 && exponent < 1000)
        return product(p, a, replay_constant(p, 1 / w));
    return find_or_make(p, OP_DIV, a, b, 0);
}

/* The adjoint a times the partial b. */
static u32 carried(replay *p, u32 a, u32 b) {
    double g;
    if (constant_of(p, a, &g)) return g == 0 ? replay_constant(p, 0) : product(p, a, b);
    if (is_constant(p, b, 1)) return a;
    if (is_constant(p, b, -1)) return make1(p, OP_NEG, a);
    return find_or_make(p, OP_CARRY, a, b, 0);
}

static u32 power(replay *p, u32 a, u32 b) {
    if (is_constant(p, b, 1)) return a;
    if (is_constant(p, b, 2)) return product(p, a, a);
    if (is_constant(p, b, 3)) return product(p, a, product(p, a, a));
    if (is_constant(p, b, -1)) return make1(p, OP_RECIP, a);
    return find_or_make(p, OP_POW, a, b, 0);
}

/* w x^(w - 1), which is made of operations with vector kernels where w - 1 is exact and the product cannot
 * come back into range (see special_pow_x). */
static u32 power_partial(replay *p, u32 a, u32 b) {
    double w;
    if (!constant_of(p, b, &w)) return find_or_make(p, OP_POW_X, a, b, 0);
    if (w == 1) return replay_constant(p, 1);
    if (w == 2) return symmetric(p, OP_ADD, a, a);
    if (!(fabs(w) >= 1 && fabs(w) < 1e6) || (w - 1) + 1 != w) return find_or_make(p, OP_POW_X, a, b, 0);
    return product(p, b, power(p, a, replay_constant(p, w - 1)));
}

/* 1/(2 sqrt(x)): the root is there already. */
static u32 root_partial(replay *p, u32 a) {
    u32 root;
    if (!replay_lookup(p, OP_SQRT, a, &root)) return find_or_make(p, OP_SQRT1, a, 0, 0);
    return quotient(p, replay_constant(p, 0.5), make1(p, OP_ABS, root));
}

static bool fold(replay *p, u16 op, u32 a, u32 b, u32 *n) {
    double x, w = 0;
    if (op >= OP_ELEMENTWISE_END || !constant_of(p, a, &x)) return false;
    bool two = op_infos[op].arity == 2;
    if (two && !constant_of(p, b, &w)) return false;
    *n = replay_constant(p, two ? number2((enum op)op, x, w) : number1((enum op)op, x));
    return true;
}

u32 replay_node_of(replay *p, u16 op, u32 a, u32 b, u32 c) {
    u32 n;
    if (fold(p, op, a, b, &n)) return n;
    switch (op) {
    case OP_NEG: return is_op(p, a, OP_NEG) ? p->nodes.items[a].a : find_or_make(p, op, a, 0, 0);
    case OP_SQUARE: return product(p, a, a);
    case OP_MUL: return product(p, a, b);
    case OP_ADD: return sum(p, a, b);
    case OP_SUB: return difference(p, a, b);
    case OP_DIV: return quotient(p, a, b);
    case OP_CARRY: return carried(p, a, b);
    case OP_POW: return power(p, a, b);
    case OP_POW_X: return power_partial(p, a, b);
    case OP_SQRT1: return root_partial(p, a);
    case BLOCK_WHERE: {
        double condition;
        if (constant_of(p, a, &condition)) return condition != 0 ? b : c;
        return b == c ? b : find_or_make(p, op, a, b, c);
    }
    default: return find_or_make(p, op, a, b, c);
    }
}
