"""The runbook of an environment: what to do about each alarm, and now and then, with its own names."""
