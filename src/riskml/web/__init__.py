"""The inspector's desk: pages without scripts and the same as JSON, for people with names."""
