"""Cases: what a person with a name has to decide, answer or see done, and how it went; only ever added to."""
