"""Evaluation: cases → runs → figures with confidence intervals, comparisons of runs, and floors for figures."""
