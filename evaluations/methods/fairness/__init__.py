"""Rates of groups compared: what was selected, right and wrong, for whom."""
