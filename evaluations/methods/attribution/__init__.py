"""Attribution: which features moved the model's output, row by row."""
