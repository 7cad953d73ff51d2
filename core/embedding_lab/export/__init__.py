"""Encoders as ONNX files: made smaller, looked into and compared."""
