"""What the benchmarks share: a gateway in a throw-away home, accounts of processor time, floors, the table."""
