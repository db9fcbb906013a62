"""Several files at once, and the command line: every error of every file, exit code 2, nothing written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from findings.finding import InvalidEnvironmentsError
from reading import loader, places
from tests.harness import BASE, ENVIRONMENTS, ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path

S3 = {"backend": "s3", "bucket": "example-terraform-state", "region": "eu-west-1"}
"""A state in S3 whose bucket the environment manages."""


@pytest.fixture
def envs(tmp_path: Path) -> Path:
    """Return an empty folder of environments."""
    folder = tmp_path / "envs"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, **changes: Any) -> None:
    """Write an environment made of BASE and changes; JSON is YAML."""
    (folder / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))


def messages(folder: Path, *names: str) -> list[str]:
    """Return what is printed about the folder's files, or about those named."""
    with pytest.raises(InvalidEnvironmentsError) as caught:
        loader.load(folder, names or None)
    return [str(finding) for finding in caught.value.findings]


def account(number: int) -> dict[str, Any]:
    """Return a change of account, so that names do not clash."""
    return {"account_id": str(number) * 12}


# ---- all errors of all files


THREE = {
    "b": "tier: development\nproject: Caps\naws: {}\nnetwork: {create: {cidr: 10.0.0.0/8}}\nx: 1\n",
    "c": "tier: development\nproject: 'open\n",
    "a": "",
}


def test_every_error_of_every_file_comes_in_one_run_by_file_and_line(envs: Path) -> None:
    for name, text in THREE.items():
        (envs / f"{name}.yaml").write_text(text)
    found = messages(envs)
    assert [line.split(": ")[:2] for line in found] == [
        ["envs/a.yaml:1", "is empty; it must at least say tier, project, aws and network"],
        ["envs/b.yaml:2", "project"],
        ["envs/b.yaml:3", "aws.account_id"],
        ["envs/b.yaml:3", "aws.region"],
        ["envs/b.yaml:4", "network.create.cidr"],
        ["envs/b.yaml:5", "x"],
        ["envs/c.yaml:1", "aws"],
        ["envs/c.yaml:1", "network"],
        ["envs/c.yaml:2", "the quote that begins here is never closed"],
    ]


SEVERAL: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a wrong tier does not hide what is wrong in its defaults' place": (
        {"tier": "prod", "database": {"backup": {"retention_days": 0}}},
        ["database.backup.retention_days", "tier"],
    ),
    "a wrong block does not hide the blocks beside it": (
        {"aws": "eu-west-1", "database": {"port": 1}, "tags": {"aws:x": "y"}},
        ["aws", "database.port", "tags.aws:x"],
    ),
    "an unquoted version does not hide wrong parameters and classes": (
        {"database": {"engine_version": 15.1, "parameters": {"work_men": 1}, "instance_class": "db.r5.lrage"}},
        [*["database.engine_version"] * 2, "database.instance_class", "database.parameters.work_men"],
    ),
    "memory is not planned for a capacity that is not known": (
        {
            "database": {
                "instance_class": "serverless",
                "capacity": {"minimum": 1, "maximum": "much"},
                "parameters": {"work_mem": 1_000_000},
            }
        },
        ["database.capacity.maximum"],
    ),
    "memory is planned beside a mistake of another kind": (
        {"project": "Caps", "database": {"parameters": {"work_mem": 1_000_000}}},
        ["database.parameters.work_mem", "project"],
    ),
    "a wrong project does not hide wrong instances": (
        {"project": "Caps", "database": {"instances": {"a": {}, "1": {"zone": "eu-west-1d"}}}},
        ["database.instances.1.zone", "database.instances.a", "project"],
    ),
    "a wrong network is one mistake, not one for each block inside it": (
        {"network": {"create": {"cidr": "10.10.0.1/16"}}, "database": {"access": {"cidrs": {"a": "10.10.0.0/18"}}}},
        ["network.create.cidr"],
    ),
    "a missing region is one mistake, not one for each zone": (
        {"aws": {"region": None, "zones": ["eu-west-1a", "eu-west-1b"]}},
        ["aws.region"],
    ),
    "an accepted warning is not called unused while its cause is unreadable": (
        {"database": {"engine_version": 18.3}, "accept": [{"warning": "engine-new", "reason": "a new project"}]},
        ["database.engine_version"],
    ),
    "both windows": (
        {"database": {"backup": {"window": "01:00-01:10"}, "maintenance": {"window": "sun:05:00-sun:05:10"}}},
        ["database.backup.window", "database.maintenance.window"],
    ),
}
"""Files with several mistakes, and the keys that are reported."""


@pytest.mark.parametrize("name", SEVERAL)
def test_every_mistake_of_a_file_is_told_at_once_and_only_once(name: str, envs: Path) -> None:
    changes, keys = SEVERAL[name]
    write(envs, "dev", **changes)
    assert sorted(message.split(": ")[1] for message in messages(envs)) == keys


def test_a_repeated_key_does_not_hide_the_rest(envs: Path) -> None:
    text = "tier: development\nproject: p\ntier: staging\ndatabse: {}\n"
    (envs / "dev.yaml").write_text(text)
    assert [message.split(": ")[1] for message in messages(envs)] == ["aws", "network", "tier", "databse"]


def test_lines_are_sorted_as_numbers(envs: Path) -> None:
    lines = ["tier: development", "project: p", *["#"] * 6, *(f"k{number}: 1" for number in range(9, 13))]
    (envs / "a.yaml").write_text("\n".join(lines))
    places = [int(message.split(":")[1]) for message in messages(envs)]
    assert places == sorted(places)
    assert places[-4:] == [9, 10, 11, 12]


def test_only_the_files_that_were_asked_for_are_reported(envs: Path) -> None:
    write(envs, "good")
    write(envs, "bad", project="Bad")
    assert [one.name for one in loader.load(envs, ["good"])] == ["good"]
    assert [message.split(":")[0] for message in messages(envs, "bad")] == ["envs/bad.yaml"]


def test_an_environment_named_twice_is_loaded_once(envs: Path) -> None:
    write(envs, "good")
    assert [one.name for one in loader.load(envs, ["good", "good"])] == ["good"]


# ---- what two environments must not share


def test_two_environments_cannot_share_a_state_in_terraform_cloud(envs: Path) -> None:
    # Workspaces have no folders: experimentation-a/b and experimentation/a-b become one name.
    state = {"backend": "cloud", "organization": "example"}
    write(envs, "a-b", state=state)
    write(envs, "b", state=state, project="experimentation-a", aws=account(2))
    assert messages(envs) == [
        f"envs/b.yaml:13: state: stack b-{kind} would share its state (cloud example/experimentation-a-b-{kind}) "
        f"with a-b-{kind}, envs/a-b.yaml:14; each would destroy what the other made; change the project or the state "
        "in the one of the two files that was never deployed"
        for kind in ("database", "monitoring", "network")
    ]


def test_two_environments_cannot_share_a_schema(envs: Path) -> None:
    write(envs, "a-b", state={"backend": "pg"})
    write(envs, "b", state={"backend": "pg"}, project="experimentation-a", aws=account(2))
    assert [message.partition("(")[2].partition(")")[0] for message in messages(envs)] == [
        "pg schema experimentation_a_b_database",
        "pg schema experimentation_a_b_monitoring",
        "pg schema experimentation_a_b_network",
    ]


def test_folders_keep_the_same_names_apart(envs: Path) -> None:
    shared = S3 | {"manage_bucket": False}
    write(envs, "a-b", state=shared)
    write(envs, "b", state=shared, project="experimentation-a", aws=account(2))
    assert len(loader.load(envs)) == 2


def test_two_environments_cannot_begin_every_name_alike_in_one_account(envs: Path) -> None:
    write(envs, "a-b")
    write(envs, "b", project="experimentation-a")
    assert messages(envs) == [
        "envs/b.yaml:3: project: every name would begin with experimentation-a-b, as with envs/a-b.yaml:3, in the same "
        "account; choose another project or file name in the one of the two files that was never deployed"
    ]


def test_a_bucket_is_managed_by_one_environment(envs: Path) -> None:
    write(envs, "a", state=S3)
    write(envs, "b", state=S3)
    assert messages(envs) == [
        "envs/b.yaml:15: state.bucket: example-terraform-state is managed by envs/a.yaml:15 as well, and only one "
        "stack can; choose another name, or share it with manage_bucket: false, in the one of the two files that was "
        "never deployed"
    ]
    write(envs, "b", state=S3 | {"manage_bucket": False})
    assert len(loader.load(envs)) == 2


def test_what_is_shared_is_found_whichever_environment_is_asked_for(envs: Path) -> None:
    write(envs, "a", state=S3)
    write(envs, "b", state=S3)
    assert messages(envs, "b") == messages(envs)


# ---- names of files and folders


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("Prod", "prod"), ("prod_eu", "prod-eu"), ("prod--eu", "prod-eu"), ("prod-", "prod"), ("prod.eu", "prod-eu")),
        *(("1st", None), ("2024", None), ("name-of-more-than-thirty-letters", None)),
    ],
)
def test_a_file_name_that_cannot_be_an_environments_name(name: str, meant: str | None, envs: Path) -> None:
    write(envs, name)
    assert messages(envs) == [
        f"envs/{name}.yaml:1: {name!r} cannot be an environment's name: up to 30 lower-case letters, digits "
        "and single hyphens, a letter first" + (f"; did you mean {meant}.yaml?" if meant else "")
    ]


def test_names_that_are_too_long_are_one_mistake(envs: Path) -> None:
    write(envs, "a-file-of-twenty-nine-letters", project="p" * 40, database={"instances": 16})
    (message,) = messages(envs)
    place, key, rest = message.split(": ")
    assert (place, key) == ("envs/a-file-of-twenty-nine-letters.yaml:3", "project")
    # 40 + 1 + 29 letters and -rds-monitoring, where IAM allows 64
    assert rest.endswith(" by 21")


def test_a_file_that_ends_in_yml_is_not_silently_ignored(envs: Path) -> None:
    write(envs, "dev")
    (envs / "prod.yml").write_text("tier: production\n")
    assert messages(envs) == ["envs/prod.yml:1: is not read; name it prod.yaml"]


def test_other_files_are_none_of_our_business(envs: Path) -> None:
    write(envs, "dev")
    for other in ("README.md", "environment.schema.json", "dev.yaml.orig", ".dev.yaml.swp"):
        (envs / other).write_text("%")
    assert [one.name for one in loader.load(envs)] == ["dev"]


def test_a_folder_named_like_a_file_is_an_error(envs: Path) -> None:
    (envs / "dev.yaml").mkdir()
    assert messages(envs) == ["envs/dev.yaml:1: cannot be read: Is a directory"]


def test_a_dangling_link_is_an_error(envs: Path) -> None:
    (envs / "dev.yaml").symlink_to(envs / "gone.yaml")
    assert messages(envs) == ["envs/dev.yaml:1: cannot be read: No such file or directory"]


def test_an_unknown_environment_names_the_known_and_the_nearest(envs: Path) -> None:
    write(envs, "staging", state=S3)
    write(envs, "dev")
    assert messages(envs, "stagign") == [
        "envs/stagign.yaml:1: does not exist; there are dev, staging; did you mean staging?"
    ]


def test_an_empty_folder(envs: Path) -> None:
    (message,) = messages(envs)
    assert message == f"{envs}:1: has no environment file; copy one from the README as dev.yaml"


def test_a_folder_of_misnamed_files_is_not_called_empty(envs: Path) -> None:
    (envs / "prod.yml").write_text("tier: production\n")
    assert messages(envs) == ["envs/prod.yml:1: is not read; name it prod.yaml"]


def test_a_missing_folder(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert messages(folder) == [f"{folder}:1: is not a folder; it should hold one YAML file per environment"]


def test_a_missing_folder_is_one_error_even_if_an_environment_is_asked_for(tmp_path: Path) -> None:
    assert len(messages(tmp_path / "nowhere", "dev")) == 1


# ---- through the command line


@pytest.fixture
def wrong(envs: Path) -> Path:
    """Return a folder with a good file and one with a misspelt key, which is one error."""
    write(envs, "dev")
    (envs / "staging.yaml").write_text((ROOT / "envs" / "staging.yaml").read_text().replace("tier", "teir"))
    return envs


@pytest.mark.parametrize("command", [["check"], ["synth"], ["show", "staging"], ["stacks", "staging"]])
def test_wrong_input_ends_with_exit_code_2_and_nothing_written(command: list[str], wrong: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    result = run(*command, "--envs", str(wrong), CDKTF_OUTDIR=str(output))
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert result.stderr.endswith("1 error; nothing was written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["envs"]
    assert sorted(path.name for path in wrong.iterdir()) == ["dev.yaml", "staging.yaml"]


def test_check_prints_each_error_on_a_line_and_their_number(wrong: Path) -> None:
    result = run("check", "--envs", str(wrong))
    assert result.stderr.splitlines() == [
        f"envs/staging.yaml:3: teir: is not a key here; allowed are {', '.join(places.keys((), {}))}; "
        "did you mean tier?",
        "1 error; nothing was written",
    ]


def test_output_that_is_there_survives_wrong_input(wrong: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "kept").write_text("kept")
    result = run("synth", "--envs", str(wrong), "--output", str(output))
    assert result.returncode == 2
    assert [path.name for path in output.iterdir()] == ["kept"]


def test_an_unknown_environment_on_the_command_line() -> None:
    result = run("check", "prd", "--envs", str(ROOT / "envs"))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "envs/prd.yaml:1: does not exist; there are dev, prod, staging; did you mean prod?",
        "1 error; nothing was written",
    ]


@pytest.mark.parametrize("arguments", [["chekc"], ["check", "--env", "x"], ["show"], ["stacks"]])
def test_a_wrong_command_line_ends_with_exit_code_2_and_no_traceback(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_warnings_are_printed_and_do_not_change_the_exit_code(envs: Path) -> None:
    write(
        envs,
        "dev",
        database={"engine_version": "18"},
        accept=[{"warning": "local-state", "reason": "nobody else is here"}],
    )
    result = run("check", "--envs", str(envs))
    assert (result.returncode, result.stdout) == (0, "1 environment is valid\n")
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [["envs/dev.yaml:14", "warning engine-new"]]


def test_check_of_good_files(tmp_path: Path) -> None:
    # What the examples show is worth a note and a warning here and there; what is shipped is not.
    for folder, silent in ((ROOT / "envs", True), (ENVIRONMENTS, False)):
        result = run("check", "--envs", str(folder), cwd=tmp_path, SOURCE_DATE_EPOCH="1795694400")
        number = len(list(folder.glob("*.yaml")))
        assert (result.returncode, result.stdout) == (0, f"{number} environments are valid\n")
        assert (result.stderr == "") is silent
    assert list(tmp_path.iterdir()) == []


def test_more_wrong_keys_than_there_are_words_for_are_all_said(tmp_path: Path) -> None:
    blocks = {f"a-key-of-more-than-20-letters-{index}": "10.10.0.0/18" for index in range(12)}
    (tmp_path / "one.yaml").write_text(json.dumps(merged(BASE, {"database": {"access": {"cidrs": blocks}}})))
    result = run("check", "one", "--envs", str(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("a key of 1 to 20 lower-case letters") == len(blocks), result.stderr
