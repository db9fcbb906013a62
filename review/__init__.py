"""What the plan of a change means, before it is applied."""
