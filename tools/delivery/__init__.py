"""Takes an environment's stacks to AWS with Terraform: plan, review, deploy, destroy, output, lock, migrate-state.

``make`` calls it and passes its variables in the process environment:

* ENV: the environment; STACK: one of its stacks instead of all but the state stack; for ``destroy`` also one that its
  file no longer has
* AUTO_APPROVE=1: do not ask
* FORMAT=json: outputs for machines
* LOCK_FLAGS: options for ``terraform providers lock``, by default the mirror that Terraform's own configuration names
* PLATFORMS: the platforms that ``lock`` keeps checksums for
* BEFORE, FORMAT: for ``review``, the commit that is deployed, and how to print
"""
