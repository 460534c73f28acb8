#!/usr/bin/env python3
"""Compares what albumen-infer makes of words with what transformers makes of them: tokenizer and tower of each kind.

    texts.py ALBUMEN_INFER VOCABULARY

The towers are transformers' own with random weights, small, in the shape of the models that Immich's users have. Text goes in over HTTP, so
whatever lies between the words and the vector is compared.
"""

import pathlib
import sys
import tempfile
import warnings

import numpy
import torch
import transformers
from transformers.models.m2m_100.modeling_m2m_100 import M2M100Encoder

from infer import Service, check, finish
from readers import readers

WIDTH, HEADS, LAYERS, INNER, RESULT = 96, 4, 3, 192, 64
# Of query and key weights, so that attention is far from uniform and a fault in it does not drown.
SHARPER = 3.0
TOLERANCE, COSINE = 1e-4, 0.99999
# Vectors of different words are farther apart than this, or the comparison would say nothing.
APART = 0.999
SIZES = {"hidden_size": WIDTH, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "intermediate_size": INNER}


def mean_of(states, mask):
    mask = mask.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1)


class Tower(torch.nn.Module):
    """From tokens to a vector of length one."""

    def forward(self, text):
        return torch.nn.functional.normalize(self.read(text), dim=-1)


class OpenAi(Tower):
    def __init__(self, reader):
        super().__init__()
        # The number that stands for the end is the largest, which is what this old setting looks for.
        config = transformers.CLIPTextConfig(
            vocab_size=len(reader.reads), max_position_embeddings=reader.context, projection_dim=RESULT, hidden_act="quick_gelu",
            eos_token_id=2, **SIZES)
        self.inner = transformers.CLIPTextModelWithProjection(config)

    def read(self, text):
        return self.inner(input_ids=text).text_embeds


class SigLip(Tower):
    def __init__(self, reader):
        super().__init__()
        config = transformers.SiglipTextConfig(
            vocab_size=len(reader.reads), max_position_embeddings=reader.context, projection_size=RESULT, **SIZES)
        self.inner = transformers.SiglipTextModel(config)

    def read(self, text):
        return self.inner(input_ids=text).pooler_output


class SigLip2(Tower):
    def __init__(self, reader):
        super().__init__()
        config = transformers.Siglip2TextConfig(
            vocab_size=len(reader.reads), max_position_embeddings=reader.context, projection_size=RESULT, **SIZES)
        self.inner = transformers.Siglip2TextModel(config)

    def read(self, text):
        return self.inner(input_ids=text).pooler_output


class XlmRoberta(Tower):
    """As open_clip has it: the mean of what is no filling, through two layers."""

    def __init__(self, reader):
        super().__init__()
        self.fills = reader.reads.pad_token_id
        config = transformers.XLMRobertaConfig(
            vocab_size=len(reader.reads), max_position_embeddings=reader.context + 2, type_vocab_size=1, layer_norm_eps=1e-5,
            pad_token_id=self.fills, **SIZES)
        self.inner = transformers.XLMRobertaModel(config, add_pooling_layer=False)
        middle = (WIDTH + RESULT) // 2
        self.through = torch.nn.Sequential(
            torch.nn.Linear(WIDTH, middle, bias=False), torch.nn.GELU(), torch.nn.Linear(middle, RESULT, bias=False))

    def read(self, text):
        mask = (text != self.fills).long()
        return self.through(mean_of(self.inner(input_ids=text, attention_mask=mask).last_hidden_state, mask))


class Nllb(Tower):
    """As open_clip has it: what the first token became, through one layer."""

    def __init__(self, reader):
        super().__init__()
        self.fills = reader.reads.pad_token_id
        self.inner = M2M100Encoder(transformers.M2M100Config(
            vocab_size=len(reader.reads), d_model=WIDTH, encoder_layers=LAYERS, encoder_attention_heads=HEADS, encoder_ffn_dim=INNER,
            max_position_embeddings=1_024, pad_token_id=self.fills))
        self.through = torch.nn.Linear(WIDTH, RESULT, bias=False)

    def read(self, text):
        mask = (text != self.fills).long()
        return self.through(self.inner(input_ids=text, attention_mask=mask).last_hidden_state[:, 0])


class Labse(torch.nn.Module):
    """M-CLIP's: it is told which tokens count."""

    def __init__(self, reader):
        super().__init__()
        config = transformers.BertConfig(vocab_size=len(reader.reads), max_position_embeddings=512, **SIZES)
        self.inner = transformers.BertModel(config, add_pooling_layer=False)
        self.through = torch.nn.Linear(WIDTH, RESULT)

    def forward(self, input_ids, attention_mask):
        states = self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return torch.nn.functional.normalize(self.through(mean_of(states, attention_mask)), dim=-1)


# The names say which models are told of languages.
TOWERS = {
    "openai": ("ViT-B-32__random", OpenAi), "siglip": ("ViT-B-16-SigLIP__random", SigLip), "siglip2": ("ViT-B-16-SigLIP2__random", SigLip2),
    "xlm-r": ("XLM-Roberta-Base-ViT-B-32__random", XlmRoberta), "nllb-clip": ("nllb-clip-base-siglip__random", Nllb),
    "labse": ("LABSE-Vit-L-14__random", Labse),
}


def randomised(tower):
    """Weights of which each has its say."""
    torch.manual_seed(23)
    with torch.no_grad():
        for name, weight in tower.named_parameters():
            if "embed_tokens" in name:
                # NLLB's are made larger by that much while it reads.
                weight.normal_(0, 0.5 / WIDTH ** 0.5)
            elif "embed" in name and weight.ndim == 2:
                weight.normal_(0, 0.5)
            elif weight.ndim > 1:
                sharper = SHARPER if any(part in name for part in ("q_proj", "k_proj", "query", "key", "in_proj")) else 1.0
                weight.normal_(0, sharper / weight.shape[-1] ** 0.5)
            elif name.endswith("bias"):
                weight.normal_(0, 0.05)
    return tower.eval()


def export(tower, numbers, file):
    ports = ["input_ids", "attention_mask"] if isinstance(tower, Labse) else ["text"]
    # The exporter knows attention only as what it is made of.
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(tower, numbers, str(file), input_names=ports, output_names=["embedding"], opset_version=17, dynamo=False)


def given(tower, tokens, mask):
    numbers = (tokens, mask) if isinstance(tower, Labse) else (tokens,)
    return tuple(torch.tensor([row], dtype=torch.int32) for row in numbers)


def differs(ours, theirs):
    """How much, where it is more than may be."""
    share = float(numpy.abs(ours - theirs).max() / numpy.abs(theirs).max())
    cosine = float(ours @ theirs / numpy.linalg.norm(ours) / numpy.linalg.norm(theirs))
    return (share, "") if share < TOLERANCE and cosine > COSINE else (share, f"off by {share:.1e} of the largest, cosine {cosine:.6f}")


def compare(service, models, reader):
    name, kind = TOWERS[reader.name]
    folder = pathlib.Path(models, "clip", name)
    for part in ("visual", "textual"):
        (folder / part).mkdir(parents=True)
    # Nobody sees here, but a model is whole or it is none.
    (folder / "visual/model.onnx").write_bytes(b"")
    reader.write(folder)
    tower = randomised(kind(reader))
    export(tower, given(tower, *reader.encode("a dog")), folder / "textual/model.onnx")
    seen, worst = {}, 0.0
    for text, language in reader.asked:
        tokens, mask = reader.encode(text, language)
        with torch.no_grad():
            expected = tower(*given(tower, tokens, mask))[0].numpy()
        share, fault = differs(service.read(name, text, language), expected)
        check(f"vector of {name}, {text[:20]!r} {language}", not fault, fault)
        seen[tuple(tokens)], worst = expected, max(worst, share)
    others = [float(one @ other) for at, one in enumerate(seen.values()) for other in list(seen.values())[:at]]
    check(f"vectors of {name} differ", max(others) < APART, f"cosine {max(others):.6f} between different words")
    print(f"texts of {name}: {len(seen)} read, worst {worst:.1e}, the nearest two {max(others):.3f}", flush=True)


def main():
    program, vocabulary = sys.argv[1:]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as models, tempfile.TemporaryDirectory() as scratch:
        service = Service(program, models)
        try:
            for reader in readers(vocabulary, scratch):
                compare(service, models, reader)
        finally:
            service.end()
    finish()


if __name__ == "__main__":
    main()
