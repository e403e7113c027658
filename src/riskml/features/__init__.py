"""The indicator system: specifications, their SQL, and the as-of matrix."""
