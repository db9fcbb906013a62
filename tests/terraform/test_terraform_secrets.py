"""No secret is in any output, plan or state, and one that was would be found."""

from __future__ import annotations

import json
import random
import re
import string
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests import secret_scan
from tests.terraform import terraform_runner
from tests.terraform.test_terraform_plan import plan
from tools.emulator import deployment, process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.harness import Synthesized
    from tests.terraform.terraform_runner import Terraform

pytestmark = pytest.mark.terraform

ANY = string.ascii_letters + string.digits

GENERATED = {
    "16 letters and digits": (ANY, 16),
    "24 letters and digits": (ANY, 24),
    "16 with punctuation": (ANY + "!#$%&*+-=?@^_~", 16),
    "32 of an address": (ANY + "-_", 32),
    "40 in base64": (ANY + "+/", 40),
    "32 hexadecimal digits": ("0123456789abcdef", 32),
    "24 small letters and digits": (string.ascii_lowercase + string.digits, 24),
}
"""How generators make passwords and tokens: from which signs, and how many."""


@pytest.fixture(scope="session")
def sensitive(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> secret_scan.Sensitive:
    """Return the arguments that the real provider marks as sensitive."""

    def build(folder: Path) -> None:
        (folder / "main.tf.json").write_text(json.dumps(terraform_runner.REQUIREMENT))
        for arguments in (("init",), ("providers", "schema", "-json")):
            done = terraform.detached().run(folder, *arguments)
            assert done.returncode == 0, done.stderr
        marked = secret_scan.sensitive_arguments(json.loads(done.stdout))
        (folder / "marked.json").write_text(json.dumps({kind: sorted(names) for kind, names in marked.items()}))

    folder = terraform_runner.once(terraform_runner.shared_folder(tmp_path_factory) / "schema" / "aws", build)
    marked = json.loads((folder / "marked.json").read_text())
    return {kind: {*names} for kind, names in marked.items()}


def scanned(folder: Path, document: Any, sensitive: secret_scan.Sensitive | None = None) -> dict[str, str]:
    """Return what a scan finds in a document, by place; what it says does not repeat the secret."""
    (folder / "document.json").write_text(json.dumps(document))
    found = secret_scan.scan(folder / "document.json", sensitive=sensitive).findings
    return {one.where: one.kind for one in found}


def test_the_provider_marks_the_masters_password(sensitive: secret_scan.Sensitive) -> None:
    assert sensitive["aws_rds_cluster"] == {"master_password", "master_password_wo"}
    assert "value" in sensitive["aws_ssm_parameter"]


def test_no_secret_is_in_any_output(
    shipped: Synthesized, examples: Synthesized, sensitive: secret_scan.Sensitive
) -> None:
    report = secret_scan.scan(shipped.output, examples.output, sensitive=sensitive)
    assert report.findings == []
    assert report.files == len(shipped.stacks) + len(examples.stacks) + 2


@pytest.mark.long
def test_no_secret_is_in_a_plan_but_the_credentials_of_this_test(
    terraform: Terraform, stack_folder: Callable[[str], Path], sensitive: secret_scan.Sensitive, tmp_path: Path
) -> None:
    source = stack_folder("prod-database")
    planned = plan(terraform, source, tmp_path, account=deployment.account_id(source))
    named = "a literal in an argument that is named like a secret"
    assert scanned(tmp_path, planned.shown, sensitive) == {
        f"configuration.provider_config.aws.expressions.{argument}.constant_value": named
        for argument in ("access_key", "secret_key")
    }


@pytest.mark.long
def test_every_allowance_is_needed(
    shipped: Synthesized,
    examples: Synthesized,
    sensitive: secret_scan.Sensitive,
    terraform: Terraform,
    tmp_path: Path,
) -> None:
    with process.running(tmp_path / "log") as address:
        answers = assigned_by_aws(address)
    (tmp_path / "answers.json").write_text(json.dumps(answers, default=str))
    lock = terraform.configuration.parent / ".terraform.lock.hcl"
    report = secret_scan.scan(shipped.output, examples.output, tmp_path / "answers.json", lock, sensitive=sensitive)
    assert report.findings == []
    exceptions = {f"{one.kind}.{one.argument}" for one in secret_scan.NOT_SECRET}
    assert report.used == {*secret_scan.ALLOWED} | exceptions


def assigned_by_aws(address: str) -> list[Any]:
    """Return what an emulated AWS says of a role, a cluster and a network, with the ids that it gives them."""

    def client(service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload] # any of them
            endpoint_url=address,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes anything
        )

    return [
        client("iam").create_role(RoleName="monitoring", AssumeRolePolicyDocument="{}")["Role"],
        client("rds").create_db_cluster(
            DBClusterIdentifier="one", Engine="aurora-postgresql", MasterUsername="one", ManageMasterUserPassword=True
        )["DBCluster"],
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"],
    ]


SEEDED: dict[str, tuple[list[str], str, str]] = {
    "an access key in a tag": (["aws_vpc", "vpc", "tags", "key"], "AKIA" + "Q3EXAMPLE7EXAMPL", "an AWS access key"),
    "a private key": (
        ["aws_ssm_parameter", "one", "description"],
        "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIB",
        "a private key",
    ),
    "the master's password": (
        ["aws_rds_cluster", "aurora", "master_password"],
        "short",
        "a literal in an argument that the provider marks as sensitive",
    ),
    "a token in a user's name": (
        ["aws_rds_cluster", "aurora", "master_username"],
        "gh" + "p_0123456789abcdefghijABCDEFGHIJ012345",
        "a token of GitHub, GitLab, Slack or Stripe",
    ),
    "a random text anywhere": (
        ["aws_rds_cluster", "aurora", "database_name"],
        "vR8" + "tq2ZpW5xK9mLb",
        "16 characters that look random",
    ),
    "a password in a policy": (
        ["aws_kms_key", "data", "policy"],
        json.dumps({"Statement": [{"Sid": "x9$Kp2" + "!vQz7&Lm4R"}]}),
        "16 characters that look random",
    ),
    "a password in an address": (
        ["terraform_data", "one", "input"],
        "postgres://admin:" + "hunter2@database/state",
        "a password in an address",
    ),
    "a secret string": (
        ["aws_secretsmanager_secret_version", "one", "secret_string"],
        "hunter2",
        "a literal in an argument that the provider marks as sensitive",
    ),
    "a parameter that is secret": (
        ["aws_ssm_parameter", "secret", "value"],
        "hunter2",
        "a literal in an argument that the provider marks as sensitive",
    ),
}


@pytest.mark.parametrize("what", SEEDED)
def test_a_seeded_secret_is_found_and_not_repeated(
    what: str, shipped: Synthesized, sensitive: secret_scan.Sensitive, tmp_path: Path
) -> None:
    (kind, name, *path), secret, expected = SEEDED[what]
    document = shipped.stack("dev-database")
    place: dict[str, Any] = document["resource"].setdefault(kind, {}).setdefault(name, {})
    for part in path[:-1]:
        place = place.setdefault(part, {})
    place[path[-1]] = secret
    (tmp_path / "cdk.tf.json").write_text(json.dumps(document))
    found = secret_scan.scan(tmp_path, sensitive=sensitive).findings
    assert expected in {one.kind for one in found}
    for one in found:
        assert re.search(rf"{kind}\.{name}\..*{path[0]}", str(one)) or one.where.startswith(path[0]), one
        assert secret not in str(one)


def test_a_secret_in_a_state_and_in_a_plan_of_terraforms_own_is_found(terraform: Terraform, tmp_path: Path) -> None:
    secret = "vR8" + "tq2ZpW5xK9mLb"

    def run(text: str) -> set[str]:
        folder = tmp_path / text
        folder.mkdir()
        stack = {"resource": {"terraform_data": {"one": {"input": text}}}, "output": {"one": {"value": text}}}
        (folder / "main.tf.json").write_text(json.dumps(stack))
        for arguments in (("init",), ("plan", "-out=planned"), ("apply", "-auto-approve")):
            done = terraform.detached().run(folder, *arguments)
            assert done.returncode == 0, done.stderr
        (folder / "plan.json").write_text(terraform.detached().run(folder, "show", "-json", "planned").stdout)
        (folder / "planned").unlink()
        return {one.file.removeprefix(f"{text}/") for one in secret_scan.scan(folder).findings}

    assert run("harmless") == set()
    assert run(secret) == {"main.tf.json", "plan.json", "terraform.tfstate"}


def test_a_plan_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "planned").write_bytes(b"PK\x03\x04\xff\xfe")
    (found,) = secret_scan.scan(tmp_path).findings
    assert found.kind == "not text, and so it cannot be scanned"


def test_other_text_is_scanned_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "cdk.tf").write_text('resource "a" "b" {\n  c = "vR8' + 'tq2ZpW5xK9mLb"\n}\n')
    (found,) = secret_scan.scan(tmp_path).findings
    assert (found.where, found.kind) == ("line 2", "16 characters that look random")


@pytest.mark.parametrize("kind", GENERATED)
def test_nearly_every_generated_password_looks_random(kind: str) -> None:
    signs, length = GENERATED[kind]
    chosen = random.Random(kind)  # noqa: S311 - the same in each run
    found = sum(secret_scan.looks_random("".join(chosen.choices(signs, k=length))) for _ in range(2000))
    assert found / 2000 > 0.95


@pytest.mark.parametrize(
    "name",
    [
        "AmazonRDSEnhancedMonitoringRole",
        "kms:RotateKeyOnDemand",
        "arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "maximal-state/state_bucket/S3BucketVersioningA.state",
        "experimentation-dev.cluster-c0ffee.eu-west-1.rds.amazonaws.com",
        "%t:%r:%u@%d:[%p]:",
        "2026-11-22T21:30:00Z",
    ],
)
def test_names_do_not_look_random(name: str) -> None:
    assert not secret_scan.looks_random(name)
