"""From a trained model to the file that is played: ONNX, bundle, scores, card."""
