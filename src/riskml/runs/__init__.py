"""A run: a province, or what changed in it, scored by the policy in force and published whole."""
