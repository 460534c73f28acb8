#!/usr/bin/env python3
"""Times a graph in onnxruntime and here, in turn. compare.py MODEL PROGRAM DEVICE"""
import os
import statistics
import subprocess
import sys
import time

import numpy as np

import cases

THREADS = 2
ROUNDS = 5
RUNS = {1: 20, 8: 6}


def theirs(session, batch, runs):
    port = session.get_inputs()[0]
    image = np.random.default_rng(1).standard_normal([batch] + port.shape[1:]).astype(np.float32)
    took = []
    for run in range(runs + 2):
        started = time.perf_counter()
        session.run(None, {port.name: image})
        if run >= 2:
            took.append((time.perf_counter() - started) * 1e3)
    return took


def ours(program, model, device, batch, runs):
    answer = subprocess.run([program, model, device, str(batch), str(runs)], check=True, capture_output=True, text=True)
    return [float(line) for line in answer.stdout.split()]


def main():
    model, program, device = sys.argv[1:]
    session = cases.session(model, THREADS)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before: {load:.1f}{' (busy: only the ratio counts)' if load > 0.5 else ''}; device: {device}")
    print(f"{'batch':>5} {'onnxruntime':>12} {'albumen':>10} {'ratio':>7}   median (fastest) in ms; ratio above 1: faster than onnxruntime")
    for batch, runs in RUNS.items():
        left, right = [], []
        for _ in range(ROUNDS):
            left += theirs(session, batch, runs)
            right += ours(program, model, device, batch, runs)
        middle = statistics.median
        print(f"{batch:>5} {middle(left):>12.1f} {middle(right):>10.1f} {middle(left) / middle(right):>7.2f}   ({min(left):.1f}, {min(right):.1f}: {min(left) / min(right):.2f})")


if __name__ == "__main__":
    main()
