"""Taking an encoder away as ONNX files: exporting, proving, shrinking, comparing."""
