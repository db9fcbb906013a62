# A role for the pods of one service account, by IRSA. The manifests are beside this, in ../eks.

variable "oidc_provider" {
  description = "Issuer of the EKS cluster without https://, such as oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE."
  type        = string
}

data "aws_iam_policy_document" "pods" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${var.oidc_provider}"]
    }
    # Without both conditions every pod of the cluster could take on the role.
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_provider}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "${var.oidc_provider}:sub"
      values   = ["system:serviceaccount:shop:checkout"]
    }
  }
}

resource "aws_iam_role" "pods" {
  name               = "checkout-pods"
  assume_role_policy = data.aws_iam_policy_document.pods.json
}

resource "aws_iam_role_policy_attachment" "pods" {
  for_each   = toset(["read-contract", "connect-as-checkout"])
  role       = aws_iam_role.pods.name
  policy_arn = local.database["policies/${each.key}"]
}
