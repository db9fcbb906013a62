"""From a cluster that runs to an environment file that takes it over, with a list of what it cannot."""
