#!/usr/bin/env python3
"""How many pictures a second the service turns into embeddings, asked by one and by many at once: on a GPU it shows many to the model together.

    throughput.py MODEL PROGRAM DEVICE ASKERS[,ASKERS…]
"""
import concurrent.futures
import io
import json
import pathlib
import statistics
import sys
import tempfile
import time

import numpy
from PIL import Image

import infer

NAME = "bench"
# As large as the previews that are looked at.
WIDTH, HEIGHT = 1440, 960
PICTURES = 16
# A round of requests.
REQUESTS = 32
LEAST_S = 10
ENTRIES = {"clip": {"visual": {"modelName": NAME}}}


def pictures():
    random, files = numpy.random.default_rng(5), []
    for _ in range(PICTURES):
        # Smooth, so that a file is as large as a photo's.
        small = Image.fromarray(random.integers(0, 255, (HEIGHT // 16, WIDTH // 16, 3), dtype=numpy.uint8))
        file = io.BytesIO()
        small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(file, "JPEG", quality=80)
        files.append(file.getvalue())
    return files


def lay_out(models, model):
    folder = pathlib.Path(models, "clip", NAME)
    for part in ("visual", "textual"):
        (folder / part).mkdir(parents=True)
    (folder / "visual/model.onnx").symlink_to(model)
    # Never asked; without them the model is not whole.
    (folder / "textual/model.onnx").symlink_to(model)
    (folder / "textual/tokenizer.json").write_text("{}")


def ask(service, file):
    started = time.perf_counter()
    status, answer = service.predict(ENTRIES, image=file)
    if status != 200:
        raise SystemExit(f"{status}: {answer}")
    return (time.perf_counter() - started) * 1e3


def measure(service, files, askers):
    with concurrent.futures.ThreadPoolExecutor(askers) as pool:
        once = lambda: pool.map(lambda at: ask(service, files[at % PICTURES]), range(REQUESTS))
        # What is met for the first time, as a batch of another size, is not what is measured.
        for _ in once():
            pass
        took, started = [], time.perf_counter()
        while not took or time.perf_counter() - started < LEAST_S:
            took += once()
    return len(took) / (time.perf_counter() - started), took


def main():
    model, program, device, askers = sys.argv[1:]
    files = pictures()
    with tempfile.TemporaryDirectory() as models:
        lay_out(models, model)
        service = infer.Service(program, models, device)
        try:
            # Loaded, compared in half precision, kernels compiled.
            warm = ask(service, files[0])
            name = json.loads(service.get("/models"))["device"]
            print(f"the service on {name}: the first picture after {warm / 1e3:.1f} s")
            print(f"{'askers':>6} {'pictures/s':>11} {'median ms':>10} {'p95 ms':>8}")
            for count in map(int, askers.split(",")):
                rate, took = measure(service, files, count)
                print(f"{count:>6} {rate:>11.1f} {statistics.median(took):>10.1f} {statistics.quantiles(took, n=20)[-1]:>8.1f}")
        finally:
            service.end()


if __name__ == "__main__":
    main()
