"""Documents made from an environment."""
