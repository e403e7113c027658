"""The validation file of a model: every number in it is the answer to a query, asked when the file is built and again
whenever it is verified.
"""
