"""Reads what people upload: tables and models, by content, without running anything in them."""
