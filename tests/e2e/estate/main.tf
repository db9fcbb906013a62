# Clusters as other people make them: what make adopt has to take over. Deployed to the emulator only.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}

resource "aws_vpc" "main" {
  cidr_block = "10.80.0.0/16"
}

resource "aws_subnet" "db" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet("10.80.0.0/16", 8, count.index)
}

resource "aws_db_subnet_group" "shared" {
  name        = "legacy databases"
  description = "Managed by Terraform"
  subnet_ids  = aws_subnet.db[*].id
}

resource "aws_security_group" "app" {
  count       = 3
  name        = "legacy-app-${count.index}"
  description = "made by hand"
  vpc_id      = aws_vpc.main.id
  ingress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = ["10.80.0.0/16"]
  }
}

resource "aws_kms_key" "shared" {
  description = "shared by several services"
}

resource "aws_kms_key" "insights" {
  description = "Performance Insights"
}

# Two instances by count, a password of its own, parameter groups with values, tags.
resource "aws_rds_cluster_parameter_group" "counted" {
  name   = "counted-pg"
  family = "aurora-postgresql15"
  parameter {
    name         = "rds.logical_replication"
    value        = "1"
    apply_method = "pending-reboot"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "250"
  }
}

resource "aws_db_subnet_group" "counted" {
  name        = "counted"
  description = "for counted"
  subnet_ids  = aws_subnet.db[*].id
}

resource "aws_rds_cluster" "counted" {
  cluster_identifier              = "counted-db"
  engine                          = "aurora-postgresql"
  engine_version                  = "15.10"
  database_name                   = "Counted"
  master_username                 = "postgres_admin"
  master_password                 = "made-for-the-emulator-only"
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.shared.arn
  db_subnet_group_name            = aws_db_subnet_group.counted.name
  vpc_security_group_ids          = [aws_security_group.app[0].id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.counted.name
  backup_retention_period         = 14
  skip_final_snapshot             = true
  tags = {
    Team        = "growth"
    Environment = "live"
  }
}

resource "aws_rds_cluster_instance" "counted" {
  count              = 2
  identifier         = "counted-db-${count.index}"
  cluster_identifier = aws_rds_cluster.counted.id
  engine             = "aurora-postgresql"
  instance_class     = "db.r6g.large"
  availability_zone  = local.zones[1 - count.index]
}

# Instances by for_each, RDS's own secret, a log group of its own, two classes.
resource "aws_cloudwatch_log_group" "each" {
  name              = "/aws/rds/cluster/each/postgresql"
  retention_in_days = 30
}

resource "aws_rds_cluster" "each" {
  cluster_identifier              = "each"
  engine                          = "aurora-postgresql"
  engine_version                  = "16.8"
  database_name                   = "app"
  master_username                 = "root"
  manage_master_user_password     = true
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.shared.arn
  db_subnet_group_name            = aws_db_subnet_group.shared.name
  vpc_security_group_ids          = aws_security_group.app[*].id
  enabled_cloudwatch_logs_exports = ["postgresql"]
  deletion_protection             = true
  preferred_backup_window         = "03:00-04:00"
  preferred_maintenance_window    = "sun:05:00-sun:05:30"
  depends_on                      = [aws_cloudwatch_log_group.each]
}

resource "aws_rds_cluster_instance" "each" {
  for_each           = { writer = "db.r6g.large", "reader-1" = "db.r6g.xlarge" }
  identifier         = "each-${each.key}"
  cluster_identifier = aws_rds_cluster.each.id
  engine             = "aurora-postgresql"
  instance_class     = each.value
  promotion_tier     = each.key == "writer" ? 0 : 15
  availability_zone  = each.key == "writer" ? "eu-west-1a" : "eu-west-1c"
}

# A module with one cluster each, by for_each over what differs.
module "cluster" {
  source   = "./modules/cluster"
  for_each = local.clusters

  name               = each.key
  database_name      = each.value.database_name
  master_username    = each.value.master_username
  managed            = each.value.managed
  engine_version     = each.value.engine_version
  instances          = each.value.instances
  instance_class     = each.value.instance_class
  scaling            = each.value.scaling
  storage_type       = each.value.storage_type
  port               = each.value.port
  exports            = each.value.exports
  monitoring         = each.value.monitoring
  insights_key       = each.value.insights ? aws_kms_key.insights.arn : null
  insights_mode      = each.value.insights_mode
  kms_key_id         = aws_kms_key.shared.arn
  subnet_group       = aws_db_subnet_group.shared.name
  vpc_id             = aws_vpc.main.id
  security_group_ids = each.value.attached == 0 ? [] : slice(aws_security_group.app[*].id, 0, each.value.attached)
}

locals {
  plain = {
    database_name   = "orders"
    master_username = "dbadmin"
    managed         = false
    engine_version  = "15.12"
    instances       = { one = "eu-west-1a", two = "eu-west-1b" }
    instance_class  = "db.r6g.large"
    scaling         = null
    storage_type    = null
    port            = 5432
    exports         = []
    monitoring      = 0
    insights        = false
    insights_mode   = null
    attached        = 0
  }
  clusters = {
    orders = local.plain
    # One instance, whose name has nothing of the cluster's.
    single = merge(local.plain, { instances = { "" = "eu-west-1c" }, database_name = "CamelCase" })
    serverless = merge(local.plain, {
      instance_class = "db.serverless"
      scaling        = { min = 0.5, max = 8 }
      managed        = true
      engine_version = "16.8"
    })
    nameless  = merge(local.plain, { database_name = null, master_username = "a_name_longer_than_sixteen" })
    groups    = merge(local.plain, { attached = 3, port = 6543 })
    insights  = merge(local.plain, { insights = true, monitoring = 15 })
    watched   = merge(local.plain, { insights = true, monitoring = 60, managed = true })
    exported  = merge(local.plain, { exports = ["postgresql"] })
    optimized = merge(local.plain, { storage_type = "aurora-iopt1", engine_version = "17.4" })
    numbered  = merge(local.plain, { instances = { "0" = "eu-west-1b", "1" = "eu-west-1a", "2" = "eu-west-1b" } })
  }
}

# What cannot be adopted.
resource "aws_rds_cluster" "unencrypted" {
  cluster_identifier     = "unencrypted"
  engine                 = "aurora-postgresql"
  engine_version         = "15.10"
  master_username        = "dbadmin"
  master_password        = "made-for-the-emulator-only"
  db_subnet_group_name   = aws_db_subnet_group.shared.name
  vpc_security_group_ids = [aws_security_group.app[0].id]
  skip_final_snapshot    = true
}

resource "aws_rds_cluster_instance" "unencrypted" {
  identifier         = "unencrypted-1"
  cluster_identifier = aws_rds_cluster.unencrypted.id
  engine             = "aurora-postgresql"
  instance_class     = "db.r6g.large"
}
