#!/usr/bin/env python3
"""Makes small cases for each operator into a folder: attributes, spreading, odd sizes, axes from the back, versions.

    operators.py FOLDER
"""
import os
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import cases

random = np.random.default_rng(20)
TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64, np.dtype(np.int32): TensorProto.INT32,
         np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.bool_): TensorProto.BOOL, np.dtype(np.int8): TensorProto.INT8,
         np.dtype(np.float16): TensorProto.FLOAT16, np.dtype(np.float64): TensorProto.DOUBLE}
COUNT = {}
ROOT = None


def floats(*dims, low=-2.0, high=2.0):
    return random.uniform(low, high, dims).astype(np.float32)


def ints(*values, kind=np.int64):
    return np.array(values, dtype=kind)


def graph(operators, nodes, inputs, opset=17, weights=None, domains=(), falsify=True):
    """A case of any nodes. Inputs are open in their dimensions, so that shapes are found when the graph runs."""
    weights = {name: np.asarray(array) for name, array in (weights or {}).items()}
    inputs = {name: np.asarray(array) for name, array in inputs.items()}
    produced = [name for node in nodes for name in node.output if name]
    consumed = {name for node in nodes for name in node.input}
    outputs = [name for name in produced if name not in consumed]
    ports = [helper.make_tensor_value_info(name, TYPES[array.dtype], [None] * array.ndim)
             for name, array in inputs.items()]
    model = helper.make_model(
        helper.make_graph(nodes, "case", ports, [onnx.ValueInfoProto(name=name) for name in outputs],
                          [numpy_helper.from_array(array, name) for name, array in weights.items()]),
        opset_imports=[helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains],
        ir_version=10 if opset > 21 else 8)
    # The kinds of the outputs, as the format's own inference finds them.
    inferred = onnx.shape_inference.infer_shapes(model)
    kinds = {info.name: info for info in list(inferred.graph.value_info) + list(inferred.graph.output)}
    for output in model.graph.output:
        if kinds.get(output.name) is not None and kinds[output.name].type.tensor_type.elem_type:
            output.CopyFrom(kinds[output.name])
        else:
            output.CopyFrom(helper.make_tensor_value_info(output.name, TensorProto.FLOAT, None))
    first = operators[0]
    COUNT[first] = COUNT.get(first, 0) + 1
    folder = os.path.join(ROOT, f"{first}-{COUNT[first]:02}")
    try:
        cases.write(folder, model, inputs, operators if falsify else [])
    except Exception as error:  # Which case it was is worth more than where it was thrown.
        raise SystemExit(f"{folder}: {error}") from error


def one(operator, inputs, opset=17, results=1, fixed=(), domain="", empty=False, **attributes):
    """A case of one node. `inputs` are arrays, None where one is left out; those in `fixed` are weights of the graph.
    Of an `empty` result nothing can be falsified."""
    inputs = [None if array is None else np.asarray(array) for array in inputs]
    names = [f"x{at}" if array is not None else "" for at, array in enumerate(inputs)]
    given = {name: array for at, (name, array) in enumerate(zip(names, inputs)) if array is not None and at not in fixed}
    weights = {names[at]: inputs[at] for at in fixed}
    node = helper.make_node(operator, names, [f"y{at}" for at in range(results)], name="node", domain=domain, **attributes)
    names = [f"{domain}.{operator}" if domain else operator]
    graph(names, [node], given, opset, weights, domains=[domain] if domain else (), falsify=not empty)


def arithmetic():
    for operator in ("Add", "Sub", "Mul", "Div"):
        one(operator, [floats(2, 3, 4), floats(3, 1) + 3])
        one(operator, [floats(5), floats(2, 1, 5) + 3])
        one(operator, [floats(2, 3), np.float32(1.5).reshape(())], fixed=[1])
        one(operator, [np.float32(1.5).reshape(()), floats(2, 3) + 3], fixed=[0])
        one(operator, [floats(1, 1), np.array([2.5], np.float32)], fixed=[1])
        one(operator, [np.float32(2).reshape(()), np.float32(3).reshape(())])
        one(operator, [ints(7, -7, 9), ints(2, 2, -4)])
        one(operator, [ints(7, -7, kind=np.int32), ints(2, kind=np.int32)])
    for exponent in (1.0, 2.0, 3.0, 0.5, 2.5, -1.0):
        one("Pow", [floats(3, 4, low=0.1), np.float32(exponent).reshape(())], fixed=[1])
    one("Pow", [floats(3, 4), ints(2).reshape(())], fixed=[1])
    one("Pow", [floats(3, 4, low=0.1), floats(4)])
    one("Pow", [ints(2, 3, -4), ints(3, 2, 3)])
    one("Mod", [ints(7, -7, 7, -7), ints(3, 3, -3, -3)])
    one("Mod", [ints(7, -7, 7, -7), ints(3, 3, -3, -3)], fmod=1)
    one("Mod", [floats(3, 5, low=-9, high=9), floats(5) + 4], fmod=1)
    for operator in ("Min", "Max", "Sum", "Mean"):
        one(operator, [floats(3, 4), floats(4), floats(3, 1)], opset=13)
        one(operator, [floats(3, 4)], opset=13)
    for operator in ("Min", "Max"):
        one(operator, [floats(3, 4), np.float32(0.5).reshape(())], fixed=[1])
        one(operator, [ints(1, 5, 3), ints(4)])


def functions():
    positive = {"Sqrt", "Log"}
    for operator in ("Sqrt", "Exp", "Log", "Erf", "Tanh", "Sin", "Cos", "Tan", "Atan", "Floor", "Ceil", "Reciprocal", "Sigmoid",
                     "Softplus", "Softsign", "Relu", "Neg", "Abs", "Sign"):
        low = 0.1 if operator in positive or operator == "Reciprocal" else (-1.2 if operator == "Tan" else -4)
        one(operator, [floats(2, 3, 5, low=low, high=1.2 if operator == "Tan" else 4)])
        one(operator, [floats(67, low=low, high=1.2 if operator == "Tan" else 4)])
    one("Sigmoid", [np.array([-100, -20, -1, 0, 1, 20, 100], np.float32)])
    one("Exp", [np.array([-200, -20, 0, 20], np.float32)])
    one("Erf", [np.linspace(-5, 5, 101, dtype=np.float32)])
    one("Softplus", [np.array([-100, -20, 0, 20, 100], np.float32)])
    for operator in ("Neg", "Abs", "Sign"):
        one(operator, [ints(-3, 0, 5)])
    one("Relu", [ints(-3, 0, 5, kind=np.int32)], opset=14)
    one("Round", [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.3, 0.7], np.float32)])
    one("Mish", [floats(3, 5, low=-5, high=5)], opset=18)
    one("HardSwish", [floats(3, 5, low=-5, high=5)])
    one("Gelu", [floats(3, 50, low=-4, high=4)], opset=20)
    one("Gelu", [floats(3, 50, low=-4, high=4)], opset=20, approximate="tanh")
    one("QuickGelu", [floats(3, 50, low=-4, high=4)], domain="com.microsoft", alpha=1.702)
    for operator in ("LeakyRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "HardSigmoid"):
        one(operator, [floats(3, 5, low=-5, high=5)])
        attributes = {"Selu": {"alpha": 1.5, "gamma": 1.2}, "HardSigmoid": {"alpha": 0.3, "beta": 0.4}}.get(operator, {"alpha": 0.7})
        one(operator, [floats(3, 5, low=-5, high=5)], **attributes)
    one("PRelu", [floats(2, 3, 4, 5), floats(3, 1, 1)], fixed=[1])
    one("PRelu", [floats(2, 3), floats(1)])
    one("Clip", [floats(3, 5), np.float32(-1).reshape(()), np.float32(1).reshape(())], fixed=[1, 2])
    one("Clip", [floats(3, 5), None, np.float32(0.5).reshape(())])
    one("Clip", [floats(3, 5), np.float32(0.5).reshape(())])
    one("Clip", [floats(3, 5)], opset=6 + 1, min=-0.5, max=0.5)
    one("Clip", [ints(1, 5, 9), ints(2).reshape(()), ints(6).reshape(())])


def logic():
    for operator in ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"):
        left = np.round(floats(3, 4))
        one(operator, [left, np.round(floats(4))])
        one(operator, [ints(1, 2, 3), ints(2)])
    for operator in ("And", "Or", "Xor"):
        one(operator, [random.integers(0, 2, (3, 4)).astype(bool), random.integers(0, 2, (4,)).astype(bool)])
    one("Not", [np.array([True, False])])
    strange = np.array([1, np.nan, np.inf, -np.inf], np.float32)
    one("IsNaN", [strange])
    one("IsInf", [strange])
    one("IsInf", [strange], detect_negative=0)
    one("Where", [random.integers(0, 2, (3, 1)).astype(bool), floats(3, 4), floats(4)])
    one("Where", [random.integers(0, 2, (2, 3, 4)).astype(bool), np.float32(-3).reshape(()), floats(4)])
    one("Where", [np.array([True, False]), ints(1, 2), ints(3, 4)])


def arrangement():
    x = floats(2, 3, 4)
    for shape in ([4, 6], [-1], [0, -1], [2, 3, 2, 2], [1, 1, 24]):
        one("Reshape", [x, ints(*shape)], fixed=[1])
        one("Reshape", [x, ints(*shape)])
    one("Reshape", [np.arange(6, dtype=np.int64), ints(2, 3)])
    for perm in ([0, 2, 1], [2, 1, 0], [1, 2, 0]):
        one("Transpose", [x], perm=perm)
        one("Transpose", [np.arange(24).reshape(2, 3, 4)], perm=perm)
    one("Transpose", [x])
    one("Transpose", [floats(2, 3, 4, 5, 2)], perm=[0, 3, 1, 4, 2])
    for at in (0, 1, 2, 3, -1):
        one("Flatten", [x], axis=at)
    one("Squeeze", [floats(1, 3, 1, 4)])
    one("Squeeze", [floats(1, 3, 1, 4), ints(-2)], fixed=[1])
    one("Squeeze", [floats(1, 3, 1, 4)], opset=11, axes=[0])
    one("Unsqueeze", [x, ints(0, -1)], fixed=[1])
    one("Unsqueeze", [x], opset=11, axes=[1])
    one("Unsqueeze", [np.float32(3).reshape(()), ints(0)])
    one("Identity", [x])
    one("Identity", [ints(3, 4)])
    one("Dropout", [x])
    one("Dropout", [x], opset=10, ratio=0.3)
    one("Expand", [floats(3, 1), ints(2, 3, 4)])
    one("Expand", [floats(3, 4), ints(1, 1)], fixed=[1])
    one("Expand", [ints(1, 2).reshape(2, 1), ints(2, 3)])
    one("Tile", [x, ints(1, 2, 3)], fixed=[1])
    one("Tile", [ints(1, 2).reshape(1, 2), ints(2, 2)])
    one("Concat", [x, floats(2, 1, 4)], axis=1)
    one("Concat", [x, x, floats(2, 3, 1)], axis=-1)
    one("Concat", [ints(1, 2), ints(3)], axis=0)
    one("Concat", [np.arange(6).reshape(2, 3), np.arange(4).reshape(2, 2)], axis=1)
    one("Split", [floats(6, 4), ints(1, 2, 3)], results=3, fixed=[1])
    one("Split", [floats(6, 4)], results=2, axis=1)
    one("Split", [floats(7, 4)], results=3, opset=18, num_outputs=3)
    one("Split", [floats(6, 4)], results=2, opset=11, split=[2, 4])
    one("Split", [ints(1, 2, 3, 4)], results=2)
    big = floats(5, 6, 7)
    for starts, ends, axes, steps in (([1], [4], None, None), ([0, 2], [2**62, -1], [0, 2], None), ([-3], [-1], [1], None),
                                      ([4], [-2**62], [0], [-1]), ([0, 6], [5, 0], [1, 2], [2, -3]), ([1], [9], [2], [3]),
                                      ([3], [1], [0], None)):
        extra = [ints(*axes)] if axes else ([None] if steps else [])
        extra += [ints(*steps)] if steps else []
        one("Slice", [big, ints(*starts), ints(*ends)] + extra, empty=(starts, ends) == ([3], [1]))
        if (starts, ends) != ([3], [1]):
            one("Slice", [np.arange(210).reshape(5, 6, 7), ints(*starts), ints(*ends)] + extra)
    one("Slice", [big], opset=9, starts=[1, 0], ends=[3, -1], axes=[0, 2])
    for mode in ("constant", "reflect", "edge"):
        one("Pad", [floats(2, 4, 5), ints(0, 1, 2, 0, 2, 1)], mode=mode, fixed=[1])
        one("Pad", [floats(1, 1, 4, 5), ints(0, 0, 2, 3, 0, 0, 1, 0)], opset=10 + 1, mode=mode)
    one("Pad", [floats(2, 4, 5), ints(0, 1, 2, 0, 2, 1)], mode="wrap", opset=19)
    one("Pad", [floats(2, 4), ints(0, -1, 1, 0), np.float32(1.5).reshape(())])
    one("Pad", [floats(3, 4), ints(1, 2), np.float32(0.5).reshape(()), ints(-1)], opset=18)
    one("Pad", [floats(2, 3)], opset=10, pads=[0, 1, 1, 0], value=0.25)
    one("Pad", [ints(1, 2, 3), ints(1, 2), ints(9).reshape(())])
    for mode in ("DCR", "CRD"):
        one("DepthToSpace", [floats(2, 8, 2, 3)], blocksize=2, mode=mode)
    one("SpaceToDepth", [floats(2, 3, 4, 6)], blocksize=2)


def shapes():
    one("Shape", [floats(2, 3, 4)])
    one("Shape", [floats(2, 3, 4)], start=1, end=-1)
    one("Size", [floats(2, 3, 4)])
    for attributes in ({"value": numpy_helper.from_array(floats(2, 3))}, {"value_float": 1.5}, {"value_floats": [1.0, 2.0]},
                       {"value_int": 3}, {"value_ints": [4, 5]}, {"value": numpy_helper.from_array(np.float16([1.5, 2.5]).reshape(2))}):
        integer = "value_int" in attributes or "value_ints" in attributes
        nodes = [helper.make_node("Constant", [], ["c"], **attributes)]
        if str(attributes.get("value", "")) and attributes.get("value") is not None and attributes["value"].data_type == TensorProto.FLOAT16:
            nodes.append(helper.make_node("Cast", ["c"], ["d"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Add", ["x", nodes[-1].output[0]], ["y"]))
        graph(["Constant"], nodes, {"x": ints(1, 2).reshape(2, 1) if integer else floats(2, 1)})
    one("ConstantOfShape", [ints(2, 3)])
    one("ConstantOfShape", [ints(2, 3)], value=helper.make_tensor("v", TensorProto.INT64, [1], [7]))
    one("ConstantOfShape", [ints(4)], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5]))
    one("Range", [ints(1).reshape(()), ints(10).reshape(()), ints(3).reshape(())])
    one("Range", [ints(10).reshape(()), ints(1).reshape(()), ints(-2).reshape(())])
    one("Range", [np.float32(0).reshape(()), np.float32(1).reshape(()), np.float32(0.3).reshape(())])
    one("EyeLike", [floats(3, 4)], k=1)
    one("EyeLike", [floats(3, 3)], dtype=TensorProto.INT64)
    # What is found of shapes stays found: an arithmetic of shapes as exporters write it.
    nodes = [helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Gather", ["s", "zero"], ["b"]),
             helper.make_node("Unsqueeze", ["b", "axes"], ["b1"]), helper.make_node("Concat", ["b1", "rest"], ["t"], axis=0),
             helper.make_node("Reshape", ["x", "t"], ["y"])]
    graph(["Reshape", "Concat", "Gather", "Unsqueeze", "Shape"], nodes, {"x": floats(2, 3, 4)},
          weights={"zero": ints(0).reshape(()), "axes": ints(0), "rest": ints(-1)})


def kinds():
    one("Cast", [np.array([-1.7, -0.5, 0, 0.5, 2.9], np.float32)], to=TensorProto.INT64)
    one("Cast", [floats(3)], to=TensorProto.INT32)
    one("Cast", [np.array([0, 0.5, 2], np.float32)], to=TensorProto.BOOL)
    one("Cast", [ints(0, 3, -2)], to=TensorProto.FLOAT)
    one("Cast", [ints(0, 3, 2)], to=TensorProto.BOOL)
    one("Cast", [ints(0, 300, 2)], to=TensorProto.UINT8)
    one("Cast", [np.array([True, False])], to=TensorProto.FLOAT)
    one("Cast", [np.array([1, 255], np.uint8)], to=TensorProto.FLOAT)
    one("CastLike", [ints(0, 3, 2), floats(1)])
    one("CastLike", [floats(4), ints(1)])
    one("DequantizeLinear", [np.array([[0, 128, 255], [1, 2, 3]], np.uint8), np.float32(0.1).reshape(()), np.uint8(128).reshape(())])
    one("DequantizeLinear", [np.array([[0, 128, 255], [1, 2, 3]], np.uint8), np.float32([0.1, 0.2, 0.3]), np.uint8([0, 10, 20])], axis=1)
    one("QuantizeLinear", [floats(2, 3, high=5), np.float32(0.03).reshape(()), np.uint8(100).reshape(())])


def indices():
    x = floats(4, 5, 6)
    one("Gather", [x, ints(0, -1, 2)], fixed=[1])
    one("Gather", [x, ints(1).reshape(())], axis=1)
    one("Gather", [x, ints(0, 1, 2, 3).reshape(2, 2)], axis=-1)
    one("Gather", [ints(5, 6, 7), ints(2, 0)])
    one("Gather", [np.arange(12).reshape(3, 4), ints(1, -1)], axis=1)
    one("Gather", [x, np.array([[3], [1]], np.int32)])
    one("GatherElements", [x, random.integers(-5, 5, (4, 2, 6))], axis=1)
    one("GatherElements", [floats(3, 3), random.integers(0, 3, (2, 3))])
    one("GatherND", [x, random.integers(0, 4, (3, 1))])
    one("GatherND", [x, np.array([[[0, 1], [3, -1]]])])
    one("GatherND", [floats(2, 3, 4), np.array([[1], [2]])], batch_dims=1)
    one("ScatterElements", [floats(3, 4), np.array([[1, 0, 2, 0]]), floats(1, 4)])
    one("ScatterElements", [floats(3, 4), np.array([[1], [0], [-1]]), floats(3, 1)], axis=1)
    one("ScatterElements", [floats(3, 4), np.array([[1, 1]]), floats(1, 2)], axis=1, reduction="add")
    one("ScatterND", [x, np.array([[0], [2]]), floats(2, 5, 6)])
    one("ScatterND", [x, np.array([[0, 1, 2], [3, 4, -1]]), floats(2)])
    one("ScatterND", [ints(1, 2, 3, 4), np.array([[1], [3]]), ints(9, 8)])
    one("ScatterND", [floats(4), np.array([[1], [1]]), floats(2)], opset=18, reduction="mul")
    one("OneHot", [ints(0, 2, -1), ints(3), np.float32([0, 1])], fixed=[1])
    one("OneHot", [ints(0, 2).reshape(1, 2), ints(4), np.float32([-1, 2])], axis=1)
    one("OneHot", [ints(0, 2), ints(4), ints(0, 1)], axis=0)
    one("NonZero", [np.array([[1, 0, 2], [0, 3, 0]], np.float32)])
    one("NonZero", [np.array([True, False, True])])
    for operator in ("ArgMax", "ArgMin"):
        one(operator, [floats(3, 4, 5)])
        one(operator, [floats(3, 4, 5)], axis=-1, keepdims=0)
        one(operator, [ints(3, 9, 9, 1)], axis=0, keepdims=0)
        one(operator, [ints(9, 1, 9, 1)], axis=0, select_last_index=1)
        one(operator, [random.integers(0, 9, (2, 7)).astype(np.int32)], axis=-1, keepdims=0)
    one("TopK", [floats(3, 7), ints(3)], results=2, fixed=[1])
    one("TopK", [floats(5, 3, 2), ints(2)], results=2, axis=0, largest=0)
    one("TopK", [floats(2, 5, 3), ints(2)], results=2, axis=1)
    for attributes in ({}, {"exclusive": 1}, {"reverse": 1}, {"exclusive": 1, "reverse": 1}):
        one("CumSum", [floats(3, 4), ints(1).reshape(())], **attributes)
    one("CumSum", [ints(1, 2, 3), ints(-1).reshape(())])
    for upper in (0, 1):
        one("Trilu", [floats(2, 4, 5)], upper=upper)
        one("Trilu", [floats(4, 4), ints(1).reshape(())], upper=upper)
        one("Trilu", [np.arange(9).reshape(3, 3), ints(-1).reshape(())], upper=upper)


def products():
    for left, right in (((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 2, 3, 4), (2, 4, 5)), ((4,), (4, 5)),
                        ((3, 4), (4,)), ((4,), (4,)), ((1, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (1, 5, 4, 2)), ((65, 33), (33, 17)),
                        ((2, 50, 64), (64, 96))):
        one("MatMul", [floats(*left), floats(*right)])
    one("MatMul", [floats(2, 3, 4), floats(4, 5)], fixed=[1])
    one("MatMul", [ints(1, 2, 3, 4).reshape(2, 2), ints(5, 6, 7, 8).reshape(2, 2)])
    nodes = [helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]), helper.make_node("MatMul", ["t", "w"], ["y"])]
    graph(["MatMul"], nodes, {"x": floats(2, 4, 3)}, weights={"w": floats(4, 6)})
    for left, right, added, attributes in (((3, 4), (4, 5), (5,), {}), ((4, 3), (4, 5), (3, 5), {"transA": 1}), ((3, 4), (5, 4), (5,), {"transB": 1}),
                                           ((3, 4), (4, 5), (1,), {"alpha": 0.5, "beta": 2.0}), ((3, 4), (5, 4), None, {"transB": 1, "alpha": 2.0}),
                                           ((3, 4), (4, 5), (3, 1), {})):
        one("Gemm", [floats(*left), floats(*right)] + ([floats(*added)] if added else []), **attributes)
    for equation, *dims in (("ij,jk->ik", (3, 4), (4, 5)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bhid,bhjd->bhij", (2, 2, 3, 4), (2, 2, 5, 4)),
                            ("ij->ji", (3, 4)), ("ij->i", (3, 4)), ("i,j->ij", (3,), (4,)), ("bij,jk->bik", (2, 3, 4), (4, 5)),
                            ("ij,ij->ij", (3, 4), (3, 4)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5))):
        one("Einsum", [floats(*each) for each in dims], equation=equation)
    for flat in (False, True):
        dims = (2, 5, 12) if flat else (2, 3, 5, 4)
        extra = {"q_num_heads": 3, "kv_num_heads": 3} if flat else {}
        one("Attention", [floats(*dims), floats(*dims), floats(*dims)], opset=23, **extra)
        one("Attention", [floats(*dims), floats(*dims), floats(*dims)], opset=23, is_causal=1, **extra)
        one("Attention", [floats(*dims), floats(*dims), floats(*dims), floats(5, 5)], opset=23, scale=0.3, **extra)
    one("Attention", [floats(2, 4, 5, 4), floats(2, 2, 6, 4), floats(2, 2, 6, 4), random.integers(0, 2, (5, 6)).astype(bool) | np.eye(5, 6, dtype=bool)], opset=23)


def convolutions():
    for dims, weight, attributes in (
            ((1, 3, 8, 9), (4, 3, 3, 3), {}), ((2, 3, 8, 9), (4, 3, 3, 3), {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
            ((1, 4, 7, 7), (6, 2, 3, 3), {"group": 2, "pads": [1, 0, 1, 2]}), ((1, 4, 9, 9), (4, 1, 3, 3), {"group": 4, "pads": [1, 1, 1, 1]}),
            ((1, 3, 11, 10), (4, 3, 3, 3), {"dilations": [2, 2], "pads": [2, 2, 2, 2]}), ((1, 3, 8, 8), (5, 3, 1, 1), {}),
            ((1, 3, 8, 9), (4, 3, 3, 2), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}), ((1, 3, 8, 9), (4, 3, 3, 2), {"auto_pad": "SAME_LOWER"}),
            ((1, 3, 8, 9), (4, 3, 3, 2), {"auto_pad": "VALID"}), ((1, 3, 32, 32), (8, 3, 16, 16), {"strides": [16, 16]}),
            ((1, 8, 5, 5), (8, 1, 5, 5), {"group": 8, "pads": [2, 2, 2, 2], "strides": [2, 2]}), ((1, 2, 6, 7), (4, 1, 3, 1), {"group": 2}),
            ((2, 3, 9), (4, 3, 3), {"pads": [1, 1]}), ((1, 4, 9), (4, 1, 3), {"group": 4, "strides": [2], "pads": [0, 1]}),
            ((2, 3, 6, 8), (5, 3, 3, 2), {"strides": [3, 2]}), ((2, 3, 9), (4, 3, 3), {"strides": [3]})):
        one("Conv", [floats(*dims), floats(*weight), floats(weight[0])], fixed=[1, 2], **attributes)
        one("Conv", [floats(*dims), floats(*weight)], fixed=[1], **attributes)
    for dims, weight, attributes in (
            ((1, 3, 4, 5), (3, 4, 3, 3), {}), ((1, 3, 4, 5), (3, 4, 2, 2), {"strides": [2, 2]}), ((1, 3, 4, 5), (3, 4, 3, 3), {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}),
            ((1, 4, 4, 5), (4, 2, 4, 4), {"strides": [2, 2], "pads": [1, 1, 1, 1], "group": 2}), ((1, 3, 4, 5), (3, 4, 3, 3), {"pads": [0, 1, 1, 0]}),
            ((1, 3, 4, 5), (3, 4, 3, 3), {"dilations": [2, 2]}), ((1, 3, 4, 5), (3, 4, 3, 3), {"strides": [2, 2], "output_shape": [8, 10]}),
            ((1, 3, 5), (3, 4, 3), {"strides": [2]})):
        one("ConvTranspose", [floats(*dims), floats(*weight), floats(weight[1] * attributes.get("group", 1))], fixed=[1, 2], **attributes)
        one("ConvTranspose", [floats(*dims), floats(*weight)], fixed=[1], **attributes)
    for operator in ("MaxPool", "AveragePool"):
        for attributes in ({}, {"strides": [2, 2]}, {"pads": [1, 1, 1, 1]}, {"pads": [0, 1, 1, 0], "strides": [2, 1]}, {"strides": [2, 2], "ceil_mode": 1},
                           {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, {"auto_pad": "SAME_LOWER", "strides": [2, 2]}):
            one(operator, [floats(2, 3, 8, 9)], kernel_shape=[3, 3], **attributes)
        one(operator, [floats(2, 3, 9)], kernel_shape=[3], strides=[2])
        one(operator, [floats(1, 2, 6, 6)], kernel_shape=[2, 2], strides=[2, 2])
    one("MaxPool", [floats(1, 2, 9, 9)], kernel_shape=[3, 3], dilations=[2, 2])
    one("AveragePool", [floats(2, 3, 8, 9)], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    one("AveragePool", [floats(2, 3, 8, 9)], kernel_shape=[3, 2], strides=[3, 2])
    for operator in ("GlobalAveragePool", "GlobalMaxPool"):
        one(operator, [floats(2, 3, 5, 7)])
        one(operator, [floats(2, 3, 5)])


def normalisations():
    for operator in ("Softmax", "LogSoftmax"):
        for axis in (-1, 0, 1):
            one(operator, [floats(3, 4, 5, low=-9, high=9)], axis=axis)
        one(operator, [floats(3, 4, 5)], opset=11)
        one(operator, [floats(3, 4, 5)], opset=11, axis=-1)
        one(operator, [floats(130, 77, low=-9, high=9)])
    channels = 3
    for dims in ((2, channels, 4, 5), (2, channels), (2, channels, 4)):
        statistics = [floats(channels), floats(channels), floats(channels), floats(channels, low=0.2)]
        one("BatchNormalization", [floats(*dims)] + statistics, fixed=[1, 2, 3, 4], epsilon=1e-3)
    one("BatchNormalization", [floats(2, 3, 4, 5), floats(3), floats(3), floats(3), floats(3, low=0.2)])
    one("LayerNormalization", [floats(2, 5, 24), floats(24), floats(24)], fixed=[1, 2])
    one("LayerNormalization", [floats(2, 5, 24), floats(24)], epsilon=1e-3)
    one("LayerNormalization", [floats(2, 5, 4), floats(5, 4), floats(5, 4)], axis=1)
    one("RMSNormalization", [floats(2, 5, 24), floats(24)], opset=23)
    one("RMSNormalization", [floats(2, 5, 4), floats(5, 4)], opset=23, axis=-2, epsilon=1e-3)
    one("InstanceNormalization", [floats(2, 3, 4, 5), floats(3), floats(3)], fixed=[1, 2])
    one("InstanceNormalization", [floats(2, 3, 9), floats(3), floats(3)], epsilon=1e-2)
    one("GroupNormalization", [floats(2, 6, 4, 5), floats(6), floats(6)], opset=21, num_groups=3)
    one("LpNormalization", [floats(3, 4, 5)])
    one("LpNormalization", [floats(3, 4, 5)], axis=1, p=1)


def reductions():
    for operator in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"):
        x = floats(3, 4, 5, 2, low=0.2)
        as_input = operator == "ReduceSum"
        for axes, keep in (([-1], 1), ([1, 2], 0), ([0, 2], 1), ([0, 1, 2, 3], 0), ([2, 3], 1)):
            if as_input:
                one(operator, [x, ints(*axes)], keepdims=keep, fixed=[1])
            else:
                one(operator, [x], axes=axes, keepdims=keep)
            one(operator, [x, ints(*axes)], opset=18, keepdims=keep, fixed=[1])
        one(operator, [x], keepdims=0)
        one(operator, [floats(3, 4, low=0.2)], opset=18, noop_with_empty_axes=1) if operator in ("ReduceSum", "ReduceMean", "ReduceMax") else None
        one(operator, [floats(300, 70, low=0.9, high=1.1)], opset=18)
    for operator in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceMean"):
        one(operator, [ints(3, 4, 5, 6).reshape(2, 2).astype(np.int32), ints(1)], opset=18, fixed=[1], keepdims=0)
    one("ReduceProd", [ints(3, 4, 5)], opset=13, keepdims=0)


def resizing():
    x = floats(1, 2, 5, 6)
    empty = np.array([], np.float32)
    for coordinates in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"):
        for scales in ([1, 1, 2, 2], [1, 1, 0.6, 1.7], [1, 1, 3, 1]):
            one("Resize", [x, None, np.float32(scales)], fixed=[2], mode="linear", coordinate_transformation_mode=coordinates)
        one("Resize", [x, None, None, ints(1, 2, 7, 9)], fixed=[3], mode="linear", coordinate_transformation_mode=coordinates)
        one("Resize", [x, None, None, ints(1, 2, 7, 9)], fixed=[3], mode="cubic", coordinate_transformation_mode=coordinates)
        for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
            one("Resize", [x, None, np.float32([1, 1, 1.5, 2])], fixed=[2], mode="nearest", coordinate_transformation_mode=coordinates, nearest_mode=nearest)
    one("Resize", [x, empty, np.float32([1, 1, 2, 2])], opset=11, fixed=[1, 2], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    one("Resize", [x, empty, empty, ints(1, 2, 10, 12)], opset=11, fixed=[1, 2, 3], mode="linear")
    one("Resize", [x, np.float32([1, 1, 2, 2])], opset=10, fixed=[1])
    one("Resize", [x, None, np.float32([1, 1, 2, 2])], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    one("Resize", [x, None, None, ints(7, 9)], opset=18, fixed=[3], mode="linear", axes=[2, 3])
    one("Resize", [x, None, None, ints(7, 9)], opset=18, fixed=[3], mode="linear", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    one("Upsample", [x, np.float32([1, 1, 2, 3])], opset=9, fixed=[1])
    one("Upsample", [x], opset=7, scales=[1.0, 1.0, 2.0, 2.0])
    one("Upsample", [x, np.float32([1, 1, 2, 2])], opset=9, fixed=[1], mode="linear")


def patterns():
    """What exporters write in several nodes and we run as one."""
    node = helper.make_node
    width = 24

    def norm(prefix, divided=True):
        root = [node("Sqrt", [f"{prefix}e"], [f"{prefix}r"]), node("Div", [f"{prefix}c", f"{prefix}r"], [f"{prefix}n"])]
        return [node("ReduceMean", ["x"], [f"{prefix}m"], axes=[-1]), node("Sub", ["x", f"{prefix}m"], [f"{prefix}c"]),
                node("Pow", [f"{prefix}c", "two"], [f"{prefix}s"]), node("ReduceMean", [f"{prefix}s"], [f"{prefix}v"], axes=[-1]),
                node("Add", [f"{prefix}v", "eps"], [f"{prefix}e"])] + root + [
                    node("Mul", [f"{prefix}n", "gain"], [f"{prefix}g"]), node("Add", [f"{prefix}g", "shift"], ["y"])]

    weights = {"two": np.float32(2).reshape(()), "eps": np.float32(1e-5).reshape(()), "gain": floats(width), "shift": floats(width)}
    graph(["LayerNormalization"], norm("a"), {"x": floats(2, 5, width)}, weights=weights)
    # Not that pattern: another axis.
    other = norm("a")
    other[0].attribute[0].CopyFrom(helper.make_attribute("axes", [1]))
    graph(["ReduceMean", "Sub", "Pow", "Div", "Sqrt"], other, {"x": floats(2, width, width)}, weights=weights)

    gelu = [node("Div", ["x", "root"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), node("Mul", ["x", "a"], ["m"]), node("Mul", ["m", "half"], ["y"])]
    numbers = {"root": np.float32(np.sqrt(2)).reshape(()), "one": np.float32(1).reshape(()), "half": np.float32(0.5).reshape(())}
    graph(["Gelu"], gelu, {"x": floats(3, 40, low=-4, high=4)}, weights=numbers)
    second = [node("Mul", ["x", "half"], ["h"]), node("Mul", ["x", "inverse"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), node("Mul", ["h", "a"], ["y"])]
    graph(["Gelu"], second, {"x": floats(3, 40, low=-4, high=4)}, weights=numbers | {"inverse": np.float32(np.sqrt(0.5)).reshape(())})
    tanh = [node("Pow", ["x", "three"], ["c"]), node("Mul", ["c", "share"], ["cs"]), node("Add", ["x", "cs"], ["i"]), node("Mul", ["i", "factor"], ["u"]), node("Tanh", ["u"], ["t"]), node("Add", ["t", "one"], ["a"])]
    tanh_numbers = {"three": np.float32(3).reshape(()), "share": np.float32(0.044715).reshape(()), "factor": np.float32(np.sqrt(2 / np.pi)).reshape(()), "one": numbers["one"], "half": numbers["half"]}
    graph(["Gelu"], tanh + [node("Mul", ["x", "a"], ["m"]), node("Mul", ["m", "half"], ["y"])], {"x": floats(3, 40, low=-4, high=4)}, weights=tanh_numbers)
    graph(["Gelu"], tanh + [node("Mul", ["x", "half"], ["m"]), node("Mul", ["m", "a"], ["y"])], {"x": floats(3, 40, low=-4, high=4)}, weights=tanh_numbers)
    quick = [node("Mul", ["x", "slope"], ["s"]), node("Sigmoid", ["s"], ["g"]), node("Mul", ["x", "g"], ["y"])]
    graph(["com.microsoft.QuickGelu"], quick, {"x": floats(3, 40, low=-4, high=4)}, weights={"slope": np.float32(1.702).reshape(())})
    graph(["com.microsoft.QuickGelu"], [node("Sigmoid", ["x"], ["g"]), node("Mul", ["x", "g"], ["y"])], {"x": floats(3, 40)})

    linear = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["b", "p"], ["y"])]
    graph(["joined.Linear"], linear, {"x": floats(2, 5, width)}, weights={"w": floats(width, 7), "b": floats(7)})
    graph(["joined.Linear"], [linear[0], node("Add", ["p", "b"], ["y"])], {"x": floats(5, width)}, weights={"w": floats(width, 7), "b": floats(7)})
    for activation, extra in (([node("Relu", ["l"], ["y"])], {}), ([node("Mul", ["l", "slope"], ["s"]), node("Sigmoid", ["s"], ["g"]), node("Mul", ["l", "g"], ["y"])], {"slope": np.float32(1.702).reshape(())}),
                              ([node("Div", ["l", "root"], ["d"]), node("Erf", ["d"], ["e"]), node("Add", ["e", "one"], ["a"]), node("Mul", ["l", "a"], ["m"]), node("Mul", ["m", "half"], ["y"])], numbers)):
        graph(["joined.Linear"], [linear[0], node("Add", ["p", "b"], ["l"])] + activation, {"x": floats(2, 5, width)}, weights={"w": floats(width, 70), "b": floats(70)} | extra)
    # Not that pattern: what is added is no row.
    graph(["MatMul", "Add"], linear, {"x": floats(2, 5, width)}, weights={"w": floats(width, 7), "b": floats(5, 1)})

    # A table that is large enough to stay in its file.
    graph(["joined.Rows"], [node("Gather", ["w", "x"], ["y"])], {"x": ints([3, 4, 5], [-1, 0, 3])}, weights={"w": floats(4096, 256)})

    def heads(name):
        return [node("Reshape", [name, "split"], [f"{name}s"]), node("Transpose", [f"{name}s"], [f"{name}t"], perm=[0, 2, 1, 3])]

    common = heads("q") + heads("v") + [node("Reshape", ["k", "split"], ["ks"]), node("Transpose", ["ks"], ["kt"], perm=[0, 2, 3, 1])]
    inputs = {name: floats(2, 5, width) for name in "qkv"}
    split = {"split": ints(0, 0, 3, 8), "scale": np.float32(8 ** -0.5).reshape(())}
    plain = common + [node("Mul", ["qt", "scale"], ["qm"]), node("MatMul", ["qm", "kt"], ["w"]), node("Softmax", ["w"], ["p"], axis=-1), node("MatMul", ["p", "vt"], ["y"])]
    graph(["joined.Attention"], plain, inputs, weights=split)
    scaled = common + [node("MatMul", ["qt", "kt"], ["w"]), node("Mul", ["w", "scale"], ["ws"]), node("Add", ["ws", "mask"], ["wm"]), node("Softmax", ["wm"], ["p"], axis=-1), node("MatMul", ["p", "vt"], ["y"])]
    graph(["joined.Attention"], scaled, inputs, weights=split | {"mask": np.triu(np.full((5, 5), -1e4, np.float32), 1)})
    graph(["joined.Attention"], scaled, inputs | {"mask": floats(2, 1, 1, 5)}, weights=split)

    conv = [node("Conv", ["x", "w"], ["c"]), node("BatchNormalization", ["c", "s", "b", "m", "v"], ["y"])]
    statistics = {"w": floats(4, 3, 3, 3), "s": floats(4), "b": floats(4), "m": floats(4), "v": floats(4, low=0.2)}
    graph(["Conv"], conv, {"x": floats(1, 3, 8, 8)}, weights=statistics)
    graph(["Conv"], [node("Conv", ["x", "w", "o"], ["c"]), conv[1]], {"x": floats(1, 3, 8, 8)}, weights=statistics | {"o": floats(4)})


def branches():
    """`If` with a condition that is known, and nodes whose result nobody needs."""
    def branch(operator):
        return helper.make_graph([helper.make_node(operator, ["x"], ["r"])], operator, [], [helper.make_tensor_value_info("r", TensorProto.FLOAT, None)])
    for condition in (True, False):
        nodes = [helper.make_node("If", ["c"], ["y"], then_branch=branch("Exp"), else_branch=branch("Neg"))]
        graph(["Exp" if condition else "Neg"], nodes, {"x": floats(3, 4)}, weights={"c": np.array(condition)})


def main():
    global ROOT
    ROOT = sys.argv[1]
    shutil.rmtree(ROOT, ignore_errors=True)
    for family in (arithmetic, functions, logic, arrangement, shapes, kinds, indices, products, convolutions, normalisations, reductions, resizing, patterns, branches):
        family()
    print(f"{sum(COUNT.values())} cases of {len(COUNT)} operators in {ROOT}")


if __name__ == "__main__":
    main()
