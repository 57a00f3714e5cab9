"""This service beside the bare floor, in one run: `make bench`, explained in docs/reference/benchmarks.md."""
