"""Evaluation methods: pure functions, the same in a notebook, a worker and a test."""
