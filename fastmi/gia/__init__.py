"""Global importance analysis: what patterns do to a model's scores, over many backgrounds."""
