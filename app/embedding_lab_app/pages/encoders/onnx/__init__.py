"""ONNX files of an encoder: prepared, exported with a proof, made smaller, looked into."""
