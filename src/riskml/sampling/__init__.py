"""Plans of inspections, draws with known probabilities, and what they say of everyone."""
