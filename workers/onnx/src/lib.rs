//! ONNX graphs executed on burn at run time.
