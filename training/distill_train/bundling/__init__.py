"""Export of trained models as bundles: ONNX decoder, axes and landmarks, scores, model card."""
