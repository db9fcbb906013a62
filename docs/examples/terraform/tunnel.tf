# An instance that people tunnel through with Session Manager: nothing comes in, no key, no public address. Its subnet
# reaches Systems Manager by NAT, or by the interface endpoints ssm, ssmmessages and ec2messages.

data "aws_iam_policy_document" "instances" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "tunnel" {
  name               = "database-tunnel"
  assume_role_policy = data.aws_iam_policy_document.instances.json
}

resource "aws_iam_role_policy_attachment" "tunnel" {
  role       = aws_iam_role.tunnel.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "tunnel" {
  name = aws_iam_role.tunnel.name
  role = aws_iam_role.tunnel.name
}

# Its id goes under database.access.security_groups, too.
resource "aws_security_group" "tunnel" {
  name        = "database-tunnel"
  description = "Session Manager to the database"
  vpc_id      = data.aws_security_group.database.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "tunnel_to_database" {
  security_group_id            = aws_security_group.tunnel.id
  description                  = "PostgreSQL"
  referenced_security_group_id = local.database["security-group-id"]
  ip_protocol                  = "tcp"
  from_port                    = tonumber(local.database["port"])
  to_port                      = tonumber(local.database["port"])
}

resource "aws_vpc_security_group_egress_rule" "tunnel_to_systems_manager" {
  security_group_id = aws_security_group.tunnel.id
  description       = "Systems Manager"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

resource "aws_instance" "tunnel" {
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = "t4g.nano"
  subnet_id              = var.private_subnet_ids[0]
  vpc_security_group_ids = [aws_security_group.tunnel.id]
  iam_instance_profile   = aws_iam_instance_profile.tunnel.name
  tags                   = { Name = "database-tunnel" }

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    encrypted = true
  }

  # A newer image is no reason for another instance.
  lifecycle {
    ignore_changes = [ami]
  }
}

output "tunnel_security_group_id" {
  value = aws_security_group.tunnel.id
}

output "tunnel_instance_id" {
  value = aws_instance.tunnel.id
}
