"""From YAML to checked environments, or to every mistake at once."""
