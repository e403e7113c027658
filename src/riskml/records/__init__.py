"""What is known about enterprises, and when it became known."""
