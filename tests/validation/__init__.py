"""Simulated error rates of verdicts and coverage of intervals, against the declared levels."""
