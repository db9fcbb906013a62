# A task on ECS. ECS itself reads the contract, with the execution role, and puts it into the container's variables; the
# application makes a token for each new connection, with the task role.

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "checkout-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  for_each = {
    contract = local.database["policies/read-contract"]
    ecs      = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
  }
  role       = aws_iam_role.execution.name
  policy_arn = each.value
}

resource "aws_iam_role" "task" {
  name               = "checkout-task"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "connect" {
  role       = aws_iam_role.task.name
  policy_arn = local.database["policies/connect-as-checkout"]
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_ecs_task_definition" "checkout" {
  family                   = "checkout"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name      = "checkout"
      image     = "public.ecr.aws/docker/library/postgres:17"
      essential = true
      environment = [
        { name = "PGUSER", value = "checkout" },
        { name = "PGSSLMODE", value = "verify-full" },
      ]
      secrets = [
        for variable, parameter in {
          PGHOST     = "writer-endpoint"
          PGPORT     = "port"
          PGDATABASE = "name"
          } : {
          name = variable
          valueFrom = join(":", [
            "arn:aws:ssm", data.aws_region.current.id, data.aws_caller_identity.current.account_id,
            "parameter${local.contract}/${parameter}",
          ])
        }
      ]
    }
  ])
}
