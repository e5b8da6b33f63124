"""Benchmarks of the harness."""
