"""From an as-of row to a rank without a model: points and counts, and what is asked of every method."""
