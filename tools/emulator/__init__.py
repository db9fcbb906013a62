"""AWS on this machine: what ``make try`` and the tests deploy to, without an account.

moto answers the AWS interfaces on the loopback address. ``gaps`` mends what it gets wrong, ``server`` is the process
that serves, ``process`` starts and ends that process. ``deployment`` brings stacks there with the real Terraform.
"""
