# A function of one's own with the library of database-access as a layer. build/database-access.zip of this project is
# the archive; for a layer its content has to be below python/.

variable "private_subnet_ids" {
  description = "Subnets that reach the database and, by an interface endpoint or NAT, SSM."
  type        = list(string)
}

data "aws_iam_policy_document" "functions" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "assign-variants"
  assume_role_policy = data.aws_iam_policy_document.functions.json
}

resource "aws_iam_role_policy_attachment" "function" {
  for_each = {
    contract = local.database["policies/read-contract"]
    connect  = local.database["policies/connect-as-checkout"]
    network  = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
  }
  role       = aws_iam_role.function.name
  policy_arn = each.value
}

resource "aws_lambda_layer_version" "database_access" {
  layer_name               = "database-access"
  filename                 = "database-access-layer.zip"
  compatible_runtimes      = ["python3.13"]
  compatible_architectures = ["arm64"]
}

resource "aws_lambda_function" "assign" {
  function_name = "assign-variants"
  role          = aws_iam_role.function.arn
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "assign.handle"
  filename      = "assign.zip"
  layers        = [aws_lambda_layer_version.database_access.arn]
  timeout       = 15

  environment {
    variables = {
      CONTRACT_PREFIX      = local.contract
      DATABASE_USER_WRITER = "checkout"
    }
  }

  vpc_config {
    subnet_ids         = var.private_subnet_ids
    security_group_ids = [aws_security_group.checkout.id]
  }
}
