"""Cases: a graph, inputs for it, and what onnxruntime makes of them, each in a folder of its own."""
import json
import os

import numpy
import onnx
import onnxruntime

KINDS = {"float32": "f32", "int64": "i64", "int32": "i32", "uint8": "u8", "bool": "bool"}


def session(path, threads=2):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def put(folder, role, name, array):
    # Not `ascontiguousarray`, which gives a scalar a dimension.
    array = numpy.asarray(array, order="C")
    file = f"{role}.bin"
    array.tofile(os.path.join(folder, file))
    return {"name": name, "kind": KINDS[str(array.dtype)], "dims": list(array.shape), "file": file}


def write(folder, model, inputs, operators, path=None):
    """Writes a case. `operators` are those whose falsification must be noticed (`*`: all that it runs); `path` is a model that
    lies elsewhere."""
    os.makedirs(folder, exist_ok=True)
    if path is None:
        path = os.path.join(folder, "model.onnx")
        onnx.save(model, path)
    running = session(path)
    names = [output.name for output in running.get_outputs()]
    results = running.run(names, inputs)
    case = {
        # From here, so that the folder of cases can be moved.
        "model": os.path.relpath(path, folder),
        "operators": operators,
        "inputs": [put(folder, f"in{at}", name, array) for at, (name, array) in enumerate(inputs.items())],
        "outputs": [put(folder, f"out{at}", name, result) for at, (name, result) in enumerate(zip(names, results))],
    }
    with open(os.path.join(folder, "case.json"), "w", encoding="utf-8") as file:
        json.dump(case, file, indent=1)
