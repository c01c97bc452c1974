"""What exists, and what could go wrong with it."""
