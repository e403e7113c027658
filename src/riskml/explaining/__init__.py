"""Why one enterprise has the grade it has."""
