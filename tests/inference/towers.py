#!/usr/bin/env python3
"""Exports the towers of CLIP and SigLIP with random weights and makes cases of them.

    towers.py FOLDER
    towers.py --export MODEL.onnx NAME visual|textual [batch]    only a file, with an open batch on request

The weights are made large where scores of attention come from, so that attention is far from uniform: a fault in it
would otherwise drown.
"""
import os
import sys
import warnings

import numpy as np
import open_clip
import torch

import cases

TOWERS = ("ViT-B-32-quickgelu", "ViT-B-16-SigLIP")
# Of query and key weights. Sharper still, and onnxruntime differs from itself by half of what we allow.
SHARPER = 3.0


class Visual(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        return self.model.encode_image(image, normalize=True)


class Textual(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, text):
        return self.model.encode_text(text, normalize=True)


def network(name):
    torch.manual_seed(22)
    model = open_clip.create_model(name, pretrained=None).eval()
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if key.endswith("in_proj_weight") or "attn.qkv.weight" in key:
                width = weight.shape[0] // 3
                weight[: 2 * width] *= SHARPER
            elif weight.ndim > 1:
                weight *= 1.5
            elif key.endswith("bias"):
                weight.normal_(0, 0.05)
    return model


def export(path, name, part, batch=None):
    model = network(name)
    size = model.visual.image_size
    side = size[0] if isinstance(size, (tuple, list)) else size
    context = model.context_length
    if part == "visual":
        tower, given, port = Visual(model), torch.randn(1, 3, side, side), "image"
    else:
        tower, given, port = Textual(model), torch.randint(1, 900, (1, context), dtype=torch.int32), "text"
        given[:, context // 2] = model.vocab_size - 1
        given[:, context // 2 + 1:] = 0
    axes = {port: {0: "batch"}, "embedding": {0: "batch"}} if batch else None
    # The exporter knows attention only as what it is made of.
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(tower, (given,), path, input_names=[port], output_names=["embedding"], dynamic_axes=axes, opset_version=17, dynamo=False)
    return {port: given.numpy()}


def main():
    if sys.argv[1] == "--export":
        export(sys.argv[2], sys.argv[3], sys.argv[4], (sys.argv[5:] or [None])[0])
        return
    root = sys.argv[1]
    os.makedirs(root, exist_ok=True)
    for name in TOWERS:
        for part in ("visual", "textual"):
            path = os.path.join(root, f"{name}-{part}.onnx")
            inputs = export(path, name, part)
            cases.write(os.path.join(root, f"{name}-{part}"), None, {key: np.asarray(value) for key, value in inputs.items()}, ["*"], path)


if __name__ == "__main__":
    main()
