"""The life of a model: trained, tuned, compared, promoted, and looked up again. A scheme without a model needs none of
it.
"""
