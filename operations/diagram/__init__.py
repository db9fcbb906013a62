"""A picture of an environment, drawn from its synthesized stacks: where everything stands, and who may talk to whom."""
