variable "name" { type = string }
variable "database_name" { type = string }
variable "master_username" { type = string }
variable "managed" { type = bool }
variable "engine_version" { type = string }
variable "instances" { type = map(string) }
variable "instance_class" { type = string }
variable "scaling" { type = object({ min = number, max = number }) }
variable "storage_type" { type = string }
variable "port" { type = number }
variable "exports" { type = list(string) }
variable "monitoring" { type = number }
variable "insights_key" { type = string }
variable "insights_mode" { type = string }
variable "kms_key_id" { type = string }
variable "subnet_group" { type = string }
variable "vpc_id" { type = string }
variable "security_group_ids" { type = list(string) }

resource "aws_security_group" "this" {
  count       = length(var.security_group_ids) == 0 ? 1 : 0
  name_prefix = "${var.name}-"
  description = "Control traffic to/from RDS Aurora ${var.name}"
  vpc_id      = var.vpc_id
}

resource "aws_iam_role" "monitoring" {
  count              = var.monitoring > 0 ? 1 : 0
  name               = "${var.name}-monitoring"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "monitoring.rds.amazonaws.com" } }]
  })
}

resource "aws_rds_cluster" "this" {
  cluster_identifier              = var.name
  engine                          = "aurora-postgresql"
  engine_version                  = var.engine_version
  database_name                   = var.database_name
  master_username                 = var.master_username
  master_password                 = var.managed ? null : "made-for-the-emulator-only"
  manage_master_user_password     = var.managed ? true : null
  port                            = var.port
  storage_encrypted               = true
  kms_key_id                      = var.kms_key_id
  storage_type                    = var.storage_type
  db_subnet_group_name            = var.subnet_group
  vpc_security_group_ids          = length(var.security_group_ids) > 0 ? var.security_group_ids : aws_security_group.this[*].id
  enabled_cloudwatch_logs_exports = var.exports
  database_insights_mode          = var.insights_mode
  performance_insights_enabled    = var.insights_mode != null ? true : null
  performance_insights_kms_key_id = var.insights_mode != null ? var.insights_key : null

  performance_insights_retention_period = var.insights_mode != null ? 465 : null

  monitoring_interval = var.insights_mode != null ? var.monitoring : null
  monitoring_role_arn = var.insights_mode != null ? aws_iam_role.monitoring[0].arn : null
  skip_final_snapshot = true

  dynamic "serverlessv2_scaling_configuration" {
    for_each = var.scaling[*]
    content {
      min_capacity = serverlessv2_scaling_configuration.value.min
      max_capacity = serverlessv2_scaling_configuration.value.max
    }
  }
}

resource "aws_rds_cluster_instance" "this" {
  for_each           = var.instances
  identifier         = each.key == "" ? "the-only-instance" : "${var.name}-${each.key}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = "aurora-postgresql"
  instance_class     = var.instance_class
  availability_zone  = each.value

  monitoring_interval = var.monitoring
  monitoring_role_arn = var.monitoring > 0 ? aws_iam_role.monitoring[0].arn : null

  performance_insights_enabled          = var.insights_key != null
  performance_insights_kms_key_id       = var.insights_key
  performance_insights_retention_period = var.insights_key == null ? null : var.insights_mode != null ? 465 : 7
}
