"""A run on many machines: the same statements and the same scoring, on Spark."""
