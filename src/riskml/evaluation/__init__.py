"""How good the model in use is: compared, taken apart, and watched, out of time. The only package that reads the
simulated truth.
"""
