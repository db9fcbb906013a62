"""The runbook: a section for every alarm, and no command that was not run, or read by its own program's parser."""

from __future__ import annotations

import io
import json
import re
import shlex
import zipfile
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import jmespath
import psycopg
import pytest
import yaml
from botocore import xform_name
from botocore.validate import ParamValidator
from moto import mock_aws

from operations.preview import OF_THE_SOURCE
from reading import loader
from tests import documented
from tests.harness import ENVIRONMENTS, ROOT, merged, run
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [
    *(("prod", ROOT / "envs"), ("dev", ROOT / "envs"), ("staging", ROOT / "envs")),
    *(("maximal", ENVIRONMENTS), ("serverless", ENVIRONMENTS), ("adopted", ENVIRONMENTS), ("grown", ENVIRONMENTS)),
    *(("existing-vpc", ENVIRONMENTS), ("restored", ENVIRONMENTS)),
]

SESSION = botocore.session.get_session()

OF_THE_COMMAND_LINE = {"--output": ("table", "json", "text"), "--query": None}
"""Options of ``aws`` that are no parameters of an operation."""

_pages: dict[tuple[str, str], str] = {}


def page(name: str, envs: Path, style: str = "markdown") -> str:
    """Return an environment's runbook."""
    if (name, style) not in _pages:
        result = run("runbook", name, "--envs", str(envs), "--format", style)
        assert result.returncode == 0, result.stderr
        _pages[name, style] = result.stdout
    return _pages[name, style]


def blocks(text: str) -> list[tuple[str, str]]:
    """Return the blocks of a page with their languages."""
    return re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)


def commands(text: str, *programs: str) -> list[str]:
    """Return the command lines of a page, all or those of some programs."""
    found = [line for language, block in blocks(text) if language == "sh" for line in block.splitlines()]
    return [line for line in found if not programs or shlex.split(line)[0] in programs]


class Aws:
    """A command of AWS's command line, as its parser takes it: by the description of the service."""

    def __init__(self, command: str) -> None:
        program, service, operation, *options = shlex.split(command)
        if program != "aws" or service not in SESSION.get_available_services():
            raise ValueError(f"no service: {command}")
        self.service, self.waiter, self.given = service, "", dict[str, Any]()
        model = SESSION.get_service_model(service)
        named = {xform_name(name, "-"): name for name in model.operation_names}
        if operation == "wait":
            self.waiter, options = options[0].replace("-", "_"), options[1:]
            waits = {xform_name(one): one for one in SESSION.get_waiter_model(service).waiter_names}
            waiting = SESSION.get_waiter_model(service).get_waiter(waits[self.waiter])
            operation = xform_name(waiting.operation, "-")
        if operation not in named:
            raise ValueError(f"no operation {operation}")
        self.operation = xform_name(named[operation])
        shape = model.operation_model(named[operation]).input_shape
        assert shape is not None
        self._parse(shape, options)
        report = ParamValidator().validate(self.given, shape).generate_report()
        if report:
            raise ValueError(report)

    def _parse(self, shape: Any, options: list[str]) -> None:
        members = {xform_name(name, "-"): name for name in shape.members}
        while options:
            option = options.pop(0)
            if option in OF_THE_COMMAND_LINE:
                value, allowed = options.pop(0), OF_THE_COMMAND_LINE[option]
                if allowed is None:
                    jmespath.compile(value)
                elif value not in allowed:
                    raise ValueError(f"{option} {value}")
                continue
            name = members.get(option.removeprefix("--"))
            if name is None or not option.startswith("--"):
                raise ValueError(f"{self.operation} has no {option}")
            kind = shape.members[name].type_name
            if kind == "boolean":
                self.given[name] = True
            else:
                value = options.pop(0)
                self.given[name] = int(value) if kind == "integer" else [value] if kind == "list" else value


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_every_block_of_a_page_is_read_by_one_of_these_tests(name: str, envs: Path) -> None:
    text = page(name, envs)
    assert {language for language, _ in blocks(text)} <= {"sh", "sql", "yaml"}
    assert {shlex.split(line)[0] for line in commands(text)} <= {"aws", "make", "terraform", ".venv/bin/python"}
    # Nothing beside a block is for copying: what stands in backquotes are names, and one command that is looked up.
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert {coded for coded in re.findall(r"`([^`]+)`", prose) if " " in coded} <= {"main.py show", "temporary file"}
    assert not re.search(r"<[a-z-]+>", text)
    assert len(commands(text)) >= 20


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_every_command_of_aws_has_all_that_it_needs(name: str, envs: Path) -> None:
    for command in commands(page(name, envs), "aws"):
        assert Aws(command).operation


@pytest.mark.parametrize(
    "command",
    [
        "aws rds failover-db-clusters --db-cluster-identifier one",
        "aws rds failover-db-cluster --cluster one",
        "aws rds create-db-cluster-snapshot --db-cluster-identifier one",
        "aws rsd describe-events",
        "aws rds describe-db-clusters --output pictures",
    ],
)
def test_a_wrong_command_is_noticed(command: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Aws(command)


SECRET = {"aws_secret_access_key": "none"}


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name="eu-west-1", aws_access_key_id="x", **SECRET)


@pytest.fixture
def deployed() -> Iterator[None]:
    """Have an emulator with what ``prod`` and its commands name."""
    with mock_aws():
        rds, names = client("rds"), [f"experimentation-prod-{key}" for key in (1, 2)]
        cluster = {"DBClusterIdentifier": "experimentation-prod", "Engine": "aurora-postgresql"}
        rds.create_db_cluster(**cluster, EngineVersion="15.10", MasterUsername="one", ManageMasterUserPassword=True)
        for name in names:
            rds.create_db_instance(**cluster, DBInstanceIdentifier=name, DBInstanceClass="db.r5.large")
        client("logs").create_log_group(logGroupName="/aws/rds/cluster/experimentation-prod/postgresql")
        client("sqs").create_queue(QueueName="experimentation-prod-database-owner-failed-runs")
        account = client("sts").get_caller_identity()["Account"]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}
        iam = client("iam")
        iam.create_policy(
            PolicyName="experimentation-prod-database-connect-writer", PolicyDocument=json.dumps(document)
        )
        iam.create_role(RoleName="one", AssumeRolePolicyDocument=json.dumps(document))
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("a.py", "")
        client("lambda").create_function(
            FunctionName="experimentation-prod-database-owner",
            Role=f"arn:aws:iam::{account}:role/one",
            Runtime="python3.12",
            Handler="a.a",
            Code={"ZipFile": archive.getvalue()},
        )
        yield


def test_the_commands_of_aws_run_on_the_emulator_one_after_the_other(deployed: None) -> None:  # noqa: ARG001
    account = client("sts").get_caller_identity()["Account"]
    ran, unknown = set(), set()
    for line in commands(page("prod", ROOT / "envs"), "aws"):
        command = Aws(line.replace("333333333333", account))
        if command.waiter:
            client(command.service).get_waiter(command.waiter).wait(
                **command.given, WaiterConfig={"Delay": 0, "MaxAttempts": 2}
            )
        else:
            try:
                getattr(client(command.service), command.operation)(**command.given)
            except NotImplementedError:
                unknown.add(command.operation)
        ran.add(command.operation)
    # The emulator has no engine versions; what AWS's description says of the command holds for it alone.
    assert unknown == {"describe_db_engine_versions"}
    assert {"failover_db_cluster", "reboot_db_instance", "modify_db_cluster", "create_db_cluster_snapshot"} <= ran
    (cluster,) = client("rds").describe_db_clusters()["DBClusters"]
    writers = [one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"] if one["IsClusterWriter"]]
    assert writers == ["experimentation-prod-2"]


def test_what_waits_for_the_window_says_so_where_it_waits() -> None:
    waits = "It waits for the maintenance window"
    for title in ("Upgrade to a newer minor version", "Resize without an outage"):
        sections = {
            name: page(name, ROOT / "envs").partition(f"## {title}\n")[2].partition("\n## ")[0]
            for name in ("prod", "staging")
        }
        assert waits in sections["prod"]
        assert sections["staging"]
        assert waits not in sections["staging"]


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_every_other_command_is_read_by_its_program(name: str, envs: Path) -> None:
    for line in commands(page(name, envs), "make", "terraform", ".venv/bin/python"):
        documented.parse(documented.Command(name, 1, line))
        # Anywhere else there is no state to read.
        assert not line.startswith("terraform ") or line.startswith("terraform -chdir=cdktf.out/stacks/"), line


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_what_a_file_shall_say_is_taken(name: str, envs: Path, tmp_path: Path) -> None:
    said = yaml.safe_load((envs / f"{name}.yaml").read_text())
    fragments = [block for language, block in blocks(page(name, envs)) if language == "yaml"]
    assert len(fragments) >= 3
    for number, fragment in enumerate(fragments):
        target = fragment.splitlines()[0].removeprefix("# envs/").removesuffix(".yaml")
        before = said
        if target != name:
            before = {key: value for key, value in said.items() if key not in OF_THE_SOURCE}
            database = dict(before["database"])
            database.pop("origin", None)
            before["database"] = database
        folder = tmp_path / str(number)
        folder.mkdir()
        # JSON is YAML, and quotes what has to be quoted.
        (folder / f"{target}.yaml").write_text(json.dumps(merged(before, yaml.safe_load(fragment))))
        found = loader.inspect(folder)
        assert [str(error) for error in found.errors] == [], fragment


@pytest.fixture(scope="module")
def database() -> Iterator[psycopg.Connection[Any]]:
    """Yield a superuser's connection to a server with the roles that statements name."""
    with (
        postgres.running() as server,
        psycopg.connect(
            host="127.0.0.1",
            port=server.port,
            user=postgres.SUPERUSER,
            password=postgres.PASSWORD,
            dbname="postgres",
            autocommit=True,
        ) as connection,
    ):
        connection.execute("create role experiment_writer login")
        yield connection


def test_every_statement_runs(database: psycopg.Connection[Any]) -> None:
    ran = set()
    for name, envs in PAGES:
        for language, block in blocks(page(name, envs)):
            if language == "sql" and block not in ran:
                for user in re.findall(r'alter role "([^"]+)"', block):
                    if not database.execute("select 1 from pg_roles where rolname = %s", [user]).fetchone():
                        database.execute(f'create role "{user}" login')
                database.execute(block)
                ran.add(block)
    assert len(ran) > 10


@pytest.mark.parametrize(
    ("name", "stack", "fixture"), [("prod", "prod", "shipped"), ("maximal", "maximal", "examples")]
)
def test_each_alarm_names_a_section_that_there_is_and_stands_in_it(
    name: str, stack: str, fixture: str, request: pytest.FixtureRequest
) -> None:
    text = page(name, ROOT / "envs" if fixture == "shipped" else ENVIRONMENTS)
    alarms = request.getfixturevalue(fixture).stack(f"{stack}-monitoring")["locals"]["alarms"]
    sections = dict(re.findall(r"\n## [^\n]*\(([a-z-]+)\)\n(.*?)(?=\n## |\n# |\Z)", text, re.DOTALL))
    assert "experiments-at-risk" in sections
    for row in alarms.values():
        (section,) = re.findall(r"section ([a-z-]+)\.", row["about"])
        assert f"`{row['name']}`" in sections[section]


PROCEDURES = {
    "prod": {
        *("Fail over", "Restore to a point in time", "Restore a snapshot", "Clone, to look or to rehearse"),
        *("Take a snapshot before something risky", "Rotate the master secret in an emergency", "Cut a user off"),
        *("Upgrade to a newer minor version", "Upgrade to the next major version", "Resize without an outage"),
        *("Add a reader", "Reboot, in the right order", "Move the state", "Tear down, in two steps"),
        "Adopt a cluster, or this one after its state was lost",
    },
    # One instance, by itself upgraded, no access, nothing protected.
    "serverless": {
        *("Restore to a point in time", "Restore a snapshot", "Clone, to look or to rehearse", "Tear down"),
        *("Take a snapshot before something risky", "Rotate the master secret in an emergency", "Add a reader"),
        *("Upgrade to the next major version", "Reboot, in the right order", "Move the state"),
        "Adopt a cluster, or this one after its state was lost",
    },
}


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_page_has_the_procedures_that_its_environment_has_a_use_for(name: str) -> None:
    text = page(name, dict(PAGES)[name]).partition("# What else has to be done")[2]
    assert set(re.findall(r"^## (.+)$", text, re.MULTILINE)) == PROCEDURES[name]


def test_nobody_fails_over_a_cluster_of_one_instance() -> None:
    assert "failover-db-cluster" not in page("serverless", ENVIRONMENTS)


def test_the_policy_that_cuts_off_is_one_that_there_is(shipped: Any) -> None:
    text = page("prod", ROOT / "envs")
    policies = {one["name"] for one in shipped.stack("prod-access")["resource"]["aws_iam_policy"].values()}
    (named,) = set(re.findall(r":policy/(\S+)", text))
    assert named in policies


class Reader(HTMLParser):
    """Reads a page in HTML: what is in its blocks, its anchors and links, and that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.blocks: list[str] = []
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.elsewhere: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = dict(attrs)
        if tag not in ("meta",):
            self.open.append(tag)
        if tag == "pre":
            self.blocks.append("")
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        if "href" in given:
            self.links.append(str(given["href"]))
        self.elsewhere += [str(value) for key, value in attrs if key == "src"]

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what is in a block."""
        if "pre" in self.open:
            self.blocks[-1] += data


@pytest.mark.parametrize(("name", "envs"), PAGES)
def test_the_page_for_browsers_has_the_same_blocks_and_stands_alone(name: str, envs: Path) -> None:
    reader = Reader()
    reader.feed(page(name, envs, "html"))
    assert reader.open == []
    assert reader.blocks == [block.removesuffix("\n") for _, block in blocks(page(name, envs))]
    assert reader.elsewhere == []
    assert {link.removeprefix("#") for link in reader.links} == reader.anchors
    assert len(reader.links) == len(reader.anchors)
