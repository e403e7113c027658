"""From past supervision outcomes to a calibrated model bundle."""
