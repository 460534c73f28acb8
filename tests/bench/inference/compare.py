#!/usr/bin/env python3
"""Times a graph in onnxruntime and here, in turn. compare.py MODEL PROGRAM DEVICE BATCH[,BATCH…] ROUNDS"""
import os
import statistics
import subprocess
import sys
import time

import numpy as np

import cases

THREADS = 2
MOST_RUNS, LEAST_RUNS = 20, 3
# Pictures in a round, about.
PICTURES = 48
WARM_UP = 2


def theirs(session, batch, runs):
    port = session.get_inputs()[0]
    image = np.random.default_rng(1).standard_normal([batch] + port.shape[1:]).astype(np.float32)
    took = []
    for run in range(runs + WARM_UP):
        started = time.perf_counter()
        session.run(None, {port.name: image})
        if run >= WARM_UP:
            took.append((time.perf_counter() - started) * 1e3)
    return took


class Ours:
    """The program, and the name that it gives its device."""

    def __init__(self, program, model, device):
        self.command, self.name = [program, model, device], None

    def took(self, batch, runs, *words):
        answer = subprocess.run([*self.command, str(batch), str(runs), *words], capture_output=True, text=True)
        said = answer.stderr.splitlines()
        self.name = said[0].removeprefix("on ") if said else None
        if answer.returncode:
            # Its last words say why.
            raise RuntimeError(said[-1] if said else "it said nothing")
        return [float(line) for line in answer.stdout.split()]

    def is_gpu(self):
        return self.name is not None and self.name.startswith("GPU")

    def halves(self):
        """Whether it computes in half precision, or why not."""
        try:
            self.took(1, 1, "half")
            return True, ""
        except RuntimeError as error:
            return False, str(error)


def main():
    model, program, device, batches, rounds = sys.argv[1:]
    session, ours = cases.session(model, THREADS), Ours(program, model, device)
    load = os.getloadavg()[0]
    halves, why = ours.halves()
    print(f"{os.cpu_count()} cores, load before: {load:.1f}{' (busy: only the ratio counts)' if load > 0.5 else ''}; device: {ours.name}")
    if ours.is_gpu() and not halves:
        print(f"no half precision: {why}")
    print("medians in ms (fastest); a ratio above 1: faster than onnxruntime, which has two threads of the processor")
    print(f"{'batch':>5} {'onnxruntime':>18} {'f32':>18} {'ratio':>7} {'f16':>18} {'ratio':>7} {'pictures/s':>11}")
    for batch in map(int, batches.split(",")):
        runs = max(LEAST_RUNS, min(MOST_RUNS, PICTURES // batch))
        left, single, half = [], [], []
        for _ in range(int(rounds)):
            left += theirs(session, batch, runs)
            single += ours.took(batch, runs)
            if halves:
                half += ours.took(batch, runs, "half")
        told = lambda times: f"{statistics.median(times):.1f} ({min(times):.1f})" if times else "-"
        ratio = lambda times: f"{statistics.median(left) / statistics.median(times):.2f}" if times else "-"
        best = batch * 1e3 / min(statistics.median(times) for times in (single, half) if times)
        print(f"{batch:>5} {told(left):>18} {told(single):>18} {ratio(single):>7} {told(half):>18} {ratio(half):>7} {best:>11.1f}")


if __name__ == "__main__":
    main()
