"""One class per Terraform state: each only wires modules together."""
