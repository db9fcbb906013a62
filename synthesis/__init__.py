"""From checked environments to Terraform JSON on disk, and what the commands print about it."""
