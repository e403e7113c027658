"""From a score and the rules of a scheme to a grade."""
