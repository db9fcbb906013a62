"""One construct per concern: typed keyword inputs, created resources as public attributes."""
