# SPDX-License-Identifier: GPL-3.0-or-later
"""tensor_peers.py THREADS - the functions of tensor_c.c in numpy, numexpr and torch, those that are there."""
import importlib
import statistics
import sys
import time

threads = int(sys.argv[1])


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"left out: there is no {name}", flush=True)


np, ne, torch = module("numpy"), module("numexpr"), module("torch")
if not np:
    sys.exit()
rng = np.random.default_rng(1)
A, X, B = (rng.random((1000, 1000)) - 0.5 for _ in range(3))
x = rng.random(10000000) * 6 - 3


def report(name, f, runs=5):
    times = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        f()
        times.append(time.perf_counter() - begin)
    print(f"{name}\t{min(times[1:]) * 1e3:.2f}", flush=True)


def loss_numpy():
    D = A @ X - B
    return (D * D).sum(), 2 * (A.T @ D)


def chain_numpy():
    e, s = np.exp(-x * x / 2), np.sin(x)
    return (e * s).sum(), e * (np.cos(x) - x * s)


def chain_numexpr():
    return (ne.evaluate("sum(exp(-x*x/2)*sin(x))"),
            ne.evaluate("exp(-x*x/2)*(cos(x)-x*sin(x))"))


report("loss, numpy", loss_numpy)
report("chain, numpy", chain_numpy)
if ne:
    ne.set_num_threads(threads)
    report("chain, numexpr", chain_numexpr)
if torch:
    torch.set_num_threads(threads)
    tA, tB = torch.tensor(A), torch.tensor(B)
    tX, tx = torch.tensor(X, requires_grad=True), torch.tensor(x, requires_grad=True)

    def loss_torch():
        tX.grad = None
        ((tA @ tX - tB) ** 2).sum().backward()

    def chain_torch():
        tx.grad = None
        (torch.exp(-tx * tx / 2) * torch.sin(tx)).sum().backward()

    report("loss, torch", loss_torch)
    report("chain, torch", chain_torch)
