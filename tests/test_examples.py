"""The examples for those who connect: valid by the real provider, and of what the contract and the policies have."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml

import database_access
from tests.harness import ROOT
from tests.servers import postgres
from tests.synthesis.variants import resources, variants
from tests.terraform import terraform_runner

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = ROOT / "docs" / "examples"

CONTRACT = "/experimentation/prod/database"


@pytest.fixture(scope="module")
def contract() -> set[str]:
    """Return the names of the contract's parameters, below the contract."""
    users = {"users": {"checkout": {"role": "writer"}, "analytics": {"role": "reader"}}}
    network = {"create": {"interface_endpoints": ["ssm"]}}
    output = variants(prod={"network": network, "access": users})
    return {
        parameter["name"].removeprefix(f"{CONTRACT}/")
        for kind in ("database", "access")
        for parameter in resources(output.stack(f"prod-{kind}"), "aws_ssm_parameter").values()
    }


@pytest.mark.long
@pytest.mark.terraform
def test_the_terraform_of_another_repository_is_valid(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    terraform = terraform_runner.initialized(tmp_path_factory)
    folder = tmp_path / "terraform"
    shutil.copytree(EXAMPLES / "terraform", folder)
    for arguments in (("init", "-input=false"), ("validate", "-no-color"), ("fmt", "-check", "-diff")):
        done = terraform.run(folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_takes_what_the_contract_has(contract: set[str]) -> None:
    text = "".join(file.read_text() for file in (EXAMPLES / "terraform").glob("*.tf"))
    named = set(re.findall(r'local\.database\["([^"$]+)"\]', text))
    named |= {f"policies/{name}" for names in re.findall(r"toset\((\[.*?\])\)", text) for name in json.loads(names)}
    named |= set(re.findall(r'^ +PG[A-Z]+ += "([^"]+)"', text, re.MULTILINE))
    assert {"security-group-id", "policies/read-contract", "policies/connect-as-checkout", "writer-endpoint"} <= named
    assert named <= contract
    assert f'contract = "{CONTRACT}"' in text


def test_the_manifests_fit_one_another_the_contract_and_the_role(contract: set[str]) -> None:
    documents: list[dict[str, Any]] = list(yaml.safe_load_all((EXAMPLES / "eks" / "checkout.yaml").read_text()))
    kinds = {one["kind"]: one for one in documents}
    assert list(kinds) == ["ServiceAccount", "SecretStore", "ExternalSecret", "Deployment"]
    (namespace,) = {one["metadata"]["namespace"] for one in documents}
    account, store, secret, deployment = documents
    name = account["metadata"]["name"]
    assert store["spec"]["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"]["name"] == name
    assert secret["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": store["metadata"]["name"]}
    given = {one["secretKey"]: one["remoteRef"]["key"] for one in secret["spec"]["data"]}
    assert set(given) == {"PGHOST", "PGPORT", "PGDATABASE"}
    assert {key.removeprefix(f"{CONTRACT}/") for key in given.values()} <= contract
    pods = deployment["spec"]["template"]
    assert pods["metadata"]["labels"].items() >= deployment["spec"]["selector"]["matchLabels"].items()
    assert pods["spec"]["serviceAccountName"] == name
    (container,) = pods["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": secret["spec"]["target"]["name"]}}]
    assert {"name": "PGSSLMODE", "value": "verify-full"} in container["env"]
    role = (EXAMPLES / "terraform" / "eks.tf").read_text()
    assert f'"system:serviceaccount:{namespace}:{name}"' in role
    arn = account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
    assert f'name               = "{arn.rpartition("/")[2]}"' in role


def test_a_function_of_ones_own_calls_the_library_as_it_is() -> None:
    tree = ast.parse((EXAMPLES / "lambda" / "assign.py").read_text())
    imported = [
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "database_access"
        for name in node.names
    ]
    assert imported == ["connect"]
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "connect"
    ]
    for call in calls:
        given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
        inspect.signature(database_access.connect).bind(**given)
    assert len(calls) == 1
    assert any(isinstance(node, ast.FunctionDef) and node.name == "handle" for node in tree.body)
    assert 'handler       = "assign.handle"' in (EXAMPLES / "terraform" / "lambda.tf").read_text()


def test_the_user_of_a_bi_tool_reads_and_writes_nothing() -> None:
    text = (ROOT / "docs" / "connecting.md").read_text()
    (statements,) = re.findall(r"```sql\n(CREATE ROLE reports .*?)```", text, re.DOTALL)
    with postgres.running() as server:
        place = f"host=127.0.0.1 port={server.port} user={postgres.SUPERUSER} password={postgres.PASSWORD}"
        with psycopg.connect(f"{place} dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE experimentation")
        with psycopg.connect(f"{place} dbname=experimentation", autocommit=True) as connection:
            connection.execute("CREATE ROLE experiment_migrator; CREATE SCHEMA experimentation")
            connection.execute("GRANT ALL ON SCHEMA experimentation TO experiment_migrator")
            connection.execute("CREATE TABLE experimentation.before AS SELECT 1 AS one")
            connection.execute(statements)
            connection.execute("SET ROLE experiment_migrator; CREATE TABLE experimentation.after AS SELECT 2 AS one")
            connection.execute("RESET ROLE; SET ROLE reports")
            for reading in ("TABLE experimentation.before", "TABLE experimentation.after"):
                assert connection.execute(reading).fetchone()
            for refused in (
                "INSERT INTO experimentation.before VALUES (3)",
                "CREATE TABLE experimentation.new (one int)",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(refused)


@pytest.mark.parametrize(
    "file", sorted(path for path in EXAMPLES.rglob("*") if path.is_file()), ids=lambda path: path.name
)
def test_a_page_leads_to_it(file: Path) -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    assert f"](examples/{file.relative_to(EXAMPLES).as_posix()})" in pages
