"""What the stacks are held against: a policy scanner with its waivers, and the controls of public catalogues."""
