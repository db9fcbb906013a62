# The connection contract of an environment, read by the Terraform of an application in a repository of its own.
# Whoever plans this needs the policy read-contract.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  contract = "/experimentation/prod/database"

  # By name: writer-endpoint, security-group-id, policies/read-contract … The provider takes every parameter for a
  # secret; these are none.
  database = zipmap(
    [for name in data.aws_ssm_parameters_by_path.database.names : trimprefix(name, "${local.contract}/")],
    nonsensitive(data.aws_ssm_parameters_by_path.database.values),
  )
}

data "aws_ssm_parameters_by_path" "database" {
  path      = local.contract
  recursive = true
}

# The application's own group; its id goes under database.access.security_groups of the environment's file.
resource "aws_security_group" "checkout" {
  name        = "checkout"
  description = "Tasks of checkout"
  vpc_id      = data.aws_security_group.database.vpc_id
}

data "aws_security_group" "database" {
  id = local.database["security-group-id"]
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.checkout.id
  description                  = "PostgreSQL"
  referenced_security_group_id = local.database["security-group-id"]
  ip_protocol                  = "tcp"
  from_port                    = tonumber(local.database["port"])
  to_port                      = tonumber(local.database["port"])
}

output "security_group_id" {
  value = aws_security_group.checkout.id
}
