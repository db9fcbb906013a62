"""The typed model of an environment file, its tiers' defaults, the loader with its errors, all names."""
