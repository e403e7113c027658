"""What is not the product: simulated provinces, benchmarks on real inspections, and the naive pipeline that tests
compare with.
"""
