#!/usr/bin/env python3
"""Makes models as large as those of a new installation's configuration, with random weights: ViT-B-32__openai and buffalo_l.

    large_models.py FOLDER VOCABULARY
"""
import pathlib
import sys
import tempfile

import faces
import readers
import towers

NETWORK = "ViT-B-32-quickgelu"
# Of buffalo_l: SCRFD-10G has 17 MB, its ResNet 174.
DETECTOR = {"widths": (56, 88, 128, 224), "blocks": 4}
RECOGNISER = {"widths": (64, 64, 128, 256, 512), "blocks": (3, 4, 14, 3)}
# A few faces in a picture, as there are in real ones.
SCORE_BIAS = -5.5


def main():
    root, vocabulary = pathlib.Path(sys.argv[1]), sys.argv[2]
    clip, people = root / "clip/ViT-B-32__openai", root / "facial-recognition/buffalo_l"
    for folder in (clip / "visual", clip / "textual", people / "detection", people / "recognition"):
        folder.mkdir(parents=True)
    for part in ("visual", "textual"):
        towers.export(str(clip / part / "model.onnx"), NETWORK, part)
    with tempfile.TemporaryDirectory() as scratch:
        readers.openai(vocabulary, pathlib.Path(scratch)).write(clip)
    faces.scrfd(str(people / "detection/model.onnx"), score_bias=SCORE_BIAS, **DETECTOR)
    faces.arcface(str(people / "recognition/model.onnx"), **RECOGNISER)
    for file in sorted(root.rglob("model.onnx")):
        print(f"{file.relative_to(root)}: {file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
