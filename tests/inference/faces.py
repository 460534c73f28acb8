"""Graphs in the shape of SCRFD and ArcFace with random weights: what Immich's packs of face models are, but for what they have learned.

The detector finds so many faces in anything that overlapping ones have to be told apart, with key points where a face could have them.
"""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)
GUESSES = 2
# Where the key points of a guess lie about, from its centre, in strides.
POINTS = [-1.0, -1.2, 1.0, -1.2, 0.0, 0.0, -0.8, 1.0, 0.8, 1.0]
# Of a thousand guesses some twenty are more likely a face than not.
SCORE_BIAS, SCORE_GAIN = -3.0, 2.25
OPSET = 17


class Net:
    """Puts a graph together, node by node."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def weight(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def op(self, kind, inputs, **attributes):
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"{kind}_{len(self.nodes)}", **attributes))
        return name

    def conv(self, value, take, give, side=3, stride=1, gain=2.0, bias=None):
        """Weights that keep the numbers as large as they are; `gain` 2 where a half is cut away behind it."""
        spread = (gain / (take * side * side)) ** 0.5
        weights = self.weight(self.random.normal(0, spread, (give, take, side, side)).astype(numpy.float32))
        bias = self.weight(numpy.zeros(give, numpy.float32) if bias is None else numpy.asarray(bias, numpy.float32))
        return self.op("Conv", [value, weights, bias], kernel_shape=[side] * 2, pads=[side // 2] * 4, strides=[stride] * 2)

    def relu(self, value):
        return self.op("Relu", [value])

    def prelu(self, value, channels):
        slopes = self.random.uniform(0.1, 0.4, (channels, 1, 1)).astype(numpy.float32)
        return self.op("PRelu", [value, self.weight(slopes)])

    def norm(self, value, channels, scale=1.0):
        parts = [self.random.uniform(0.8, 1.2, channels) * scale, self.random.normal(0, 0.1, channels), self.random.normal(0, 0.1, channels),
                 self.random.uniform(0.8, 1.2, channels)]
        return self.op("BatchNormalization", [value, *(self.weight(part.astype(numpy.float32)) for part in parts)], epsilon=1e-5)

    def save(self, file, takes, gives):
        """`gives` are the values that come out, with their widths."""
        outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in gives]
        graph = helper.make_graph(self.nodes, "random", [takes], outputs, self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8), file)


def scrfd(file, widths=(16, 24, 32, 48), blocks=1, score_bias=SCORE_BIAS):
    """Sides of any length, nine results. `widths` are those of the strides 4, 8, 16 and 32; with (56, 88, 128, 224) and 4 blocks it is
    about as large as that of buffalo_l."""
    net, neck = Net(31), widths[1]
    value = net.relu(net.conv("input.1", 3, widths[0] // 2, stride=2))
    value = net.relu(net.conv(value, widths[0] // 2, widths[0]))
    value = net.op("MaxPool", [value], kernel_shape=[2, 2], strides=[2, 2])
    levels = []
    for before, width in zip(widths, widths[1:]):
        value = net.relu(net.conv(value, before, width, stride=2))
        for _ in range(blocks):
            inner = net.conv(net.relu(net.conv(value, width, width)), width, width, gain=0.3)
            value = net.relu(net.op("Add", [value, inner]))
        levels.append(net.conv(value, width, neck, side=1, gain=1.0))
    doubled = net.weight(numpy.array([1, 1, 2, 2], numpy.float32))
    for level in (1, 0):
        wider = net.op("Resize", [levels[level + 1], "", doubled], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
        levels[level] = net.op("Add", [levels[level], wider])
    heads = [head(net, value, neck, score_bias) for value in levels]
    gives = [(name, [None, width]) for kind, width in enumerate((1, 4, 10)) for name in [heads[level][kind] for level in range(3)]]
    net.save(file, helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, None, None]), gives)


def head(net, value, width, score_bias):
    value = net.relu(net.conv(value, width, width))
    value = net.op("InstanceNormalization", [value, net.weight(numpy.ones(width, numpy.float32)), net.weight(numpy.zeros(width, numpy.float32))])
    results = []
    for numbers, bias, gain in ((1, [score_bias], SCORE_GAIN), (4, [2.5] * 4, 0.1), (10, POINTS, 0.02)):
        made = net.conv(value, width, GUESSES * numbers, gain=gain, bias=bias * GUESSES)
        made = net.op("Transpose", [made], perm=[0, 2, 3, 1])
        made = net.op("Reshape", [made, net.weight(numpy.array([-1, numbers]))])
        results.append(net.op("Sigmoid", [made]) if numbers == 1 else made)
    return results


def arcface(file, widths=(16, 16, 24, 32, 48), blocks=(1, 1, 1, 1)):
    """Faces of 112 pixels, 512 numbers. With (64, 64, 128, 256, 512) and (3, 4, 14, 3) it is the ResNet of buffalo_l."""
    net = Net(32)
    value = net.prelu(net.norm(net.conv("input.1", 3, widths[0]), widths[0]), widths[0])
    for before, width, count in zip(widths, widths[1:], blocks):
        for block in range(count):
            take, stride = (before, 2) if block == 0 else (width, 1)
            inner = net.norm(net.conv(net.norm(value, take), take, width), width)
            inner = net.norm(net.conv(net.prelu(inner, width), width, width, stride=stride), width, scale=0.5)
            around = net.norm(net.conv(value, take, width, side=1, stride=stride, gain=1.0), width) if block == 0 else value
            value = net.op("Add", [inner, around])
    value = net.op("Flatten", [net.norm(value, widths[-1])], axis=1)
    wide = widths[-1] * 7 * 7
    through = net.weight(net.random.normal(0, wide ** -0.5, (512, wide)).astype(numpy.float32))
    value = net.op("Gemm", [value, through, net.weight(numpy.zeros(512, numpy.float32))], transB=1)
    value = net.norm(value, 512)
    net.save(file, helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [None, 3, 112, 112]), [(value, [None, 512])])
