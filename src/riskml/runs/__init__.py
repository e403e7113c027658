"""The monthly run: score a province and publish the result whole."""
