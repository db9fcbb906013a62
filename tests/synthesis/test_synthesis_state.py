"""Where each stack keeps its state, and that whoever reads it looks in the same place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.synthesis.variants import everything, leaves, variants

if TYPE_CHECKING:
    from tests.harness import Synthesized

EXISTING_BUCKET = {"backend": "s3", "bucket": "shared-terraform-state", "region": "eu-west-1", "manage_bucket": False}

ROLE = "arn:aws:iam::111111111111:role/terraform-state"

STATES: dict[str, dict[str, Any]] = {
    "local": {"backend": "local"},
    "folder": {"backend": "local", "path": "states/mine"},
    "s3": EXISTING_BUCKET,
    "unlocked": {**EXISTING_BUCKET, "use_lockfile": False, "prefix": "teams/a", "assume_role": {"role_arn": ROLE}},
    "cloud": {"backend": "cloud", "organization": "example", "project": "Experiments"},
    "enterprise": {"backend": "cloud", "organization": "example", "hostname": "tfe.example.com"},
    "gcs": {"backend": "gcs", "bucket": "example-state", "prefix": "teams/a"},
    "azurerm": {"backend": "azurerm", "storage_account_name": "examplestate", "container_name": "state"},
    "http": {"backend": "http", "address": "https://state.example.com/v1"},
    "pg": {"backend": "pg"},
}

CREDENTIALS = {
    *("access_key", "secret_key", "token", "session_token", "shared_credentials_file", "profile"),
    *("username", "password", "client_certificate_pem", "client_private_key_pem", "skip_cert_verification"),
    *("conn_str", "sas_token", "client_secret", "client_certificate_password", "credentials"),
}


def where(environment: str, stack: str) -> dict[str, Any]:
    """Return the arguments that point at a stack's state, the same for writing and for reading."""
    key = f"experimentation/{environment}/{stack}"
    workspace = key.replace("/", "-")
    places: dict[str, dict[str, Any]] = {
        "local": {"path": f"../../../terraform-state/{key}.tfstate"},
        "folder": {"path": f"../../../states/mine/{key}.tfstate"},
        "s3": {"bucket": "shared-terraform-state", "key": f"{key}.tfstate", "region": "eu-west-1"},
        "unlocked": {
            "bucket": "shared-terraform-state",
            "key": f"teams/a/{key}.tfstate",
            "region": "eu-west-1",
            "assume_role": {"role_arn": ROLE},
        },
        "cloud": {"organization": "example", "workspaces": {"name": workspace}},
        "enterprise": {"organization": "example", "workspaces": {"name": workspace}, "hostname": "tfe.example.com"},
        "gcs": {"bucket": "example-state", "prefix": f"teams/a/{key}"},
        "azurerm": {
            "storage_account_name": "examplestate",
            "container_name": "state",
            "key": f"{key}.tfstate",
            "use_azuread_auth": True,
        },
        "http": {"address": f"https://state.example.com/v1/{key}"},
        "pg": {"schema_name": f"experimentation_{environment}_{stack}"},
    }
    return places[environment]


def written(environment: str, stack: str) -> dict[str, Any]:
    """Return a stack's own backend block: where its state is, and what only its writer needs."""
    place = where(environment, stack)
    match environment:
        case "s3":
            return place | {"use_lockfile": True}
        case "http":
            return place | {"lock_address": place["address"], "unlock_address": place["address"]}
        case "cloud":
            return place | {"workspaces": place["workspaces"] | {"project": "Experiments"}}
    return place


KINDS = {"folder": "local", "unlocked": "s3", "enterprise": "cloud"}


@pytest.fixture(scope="module")
def states() -> Synthesized:
    """Return an environment for each way to keep state, synthesized."""
    return variants(**{name: {"state": state} for name, state in STATES.items()})


def backend(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return a stack's backend block or cloud block by kind."""
    terraform = parsed["terraform"]
    assert ("backend" in terraform) != ("cloud" in terraform)
    block: dict[str, Any] = terraform["backend"] if "backend" in terraform else {"cloud": terraform["cloud"]}
    return block


@pytest.mark.parametrize("stack", ["network", "database"])
@pytest.mark.parametrize("name", STATES)
def test_stack_keeps_its_state_where_the_environment_says(name: str, stack: str, states: Synthesized) -> None:
    assert backend(states.stack(f"{name}-{stack}")) == {KINDS.get(name, name): written(name, stack)}


@pytest.mark.parametrize("name", STATES)
def test_database_reads_the_network_where_the_network_wrote(name: str, states: Synthesized) -> None:
    kind = KINDS.get(name, name)
    assert states.stack(f"{name}-database")["data"] == {
        "terraform_remote_state": {
            "network": {"backend": "remote" if kind == "cloud" else kind, "config": where(name, "network")}
        }
    }


def test_no_state_shares_a_place(states: Synthesized, shipped: Synthesized, examples: Synthesized) -> None:
    places = [str(backend(parsed)) for parsed in everything(states, shipped, examples).values()]
    assert sorted(places) == sorted({*places})


def test_no_credential_is_written(states: Synthesized, shipped: Synthesized, examples: Synthesized) -> None:
    for name, parsed in everything(states, shipped, examples).items():
        blocks = {"terraform": parsed["terraform"], "data": parsed.get("data"), "provider": parsed["provider"]}
        found = [".".join(path) for path, _ in leaves(blocks) if CREDENTIALS & {*path}]
        assert (name, found) == (name, [])


@pytest.mark.parametrize(("name", "folder"), [("local", "terraform-state"), ("folder", "states/mine")])
def test_local_state_is_beside_the_output_and_survives_it(name: str, folder: str, states: Synthesized) -> None:
    path = Path(backend(states.stack(f"{name}-database"))["local"]["path"])
    assert not path.is_absolute()
    resolved = (states.output / "stacks" / f"{name}-database" / path).resolve()
    assert resolved == (states.output.parent / folder / f"experimentation/{name}/database.tfstate").resolve()
    assert not resolved.is_relative_to(states.output.resolve())


def test_state_of_the_state_stack_is_local_until_moved_into_its_bucket() -> None:
    bucket = {"backend": "s3", "region": "eu-west-1"}
    output = variants(
        fresh={"state": {**bucket, "bucket": "fresh-terraform-state"}},
        moved={"state": {**bucket, "bucket": "moved-terraform-state", "migrated": True}},
    )
    assert {name: backend(output.stack(f"{name}-state")) for name in ("fresh", "moved")} == {
        "fresh": {"local": {"path": "../../../terraform-state/experimentation/fresh/state.tfstate"}},
        "moved": {
            "s3": {
                "bucket": "moved-terraform-state",
                "key": "experimentation/moved/state.tfstate",
                "region": "eu-west-1",
                "use_lockfile": True,
            }
        },
    }
    for name in ("fresh", "moved"):
        assert list(backend(output.stack(f"{name}-network"))) == ["s3"]
        assert output.stack(f"{name}-state")["resource"]["aws_s3_bucket"]["state"]["bucket"] == (
            f"{name}-terraform-state"
        )


def test_every_stack_says_its_versions_account_and_tags(
    states: Synthesized, shipped: Synthesized, examples: Synthesized
) -> None:
    tiers = {"staging": "staging", "prod": "production", "existing-vpc": "staging", "maximal": "production"}
    tiers |= {"adopted": "production", "restored": "staging", "grown": "production", "replaced": "production"}
    accounts = {"staging": "222222222222", "prod": "333333333333", "serverless": "444444444444"}
    accounts |= {"existing-vpc": "555555555555", "maximal": "666666666666", "adopted": "777777777777"}
    accounts |= {"restored": "888888888888", "grown": "555555555555", "replaced": "999999999999"}
    own = {"maximal": {"owner": "growth", "cost-center": "4711"}}
    for name, parsed in everything(states, shipped, examples).items():
        environment, _, kind = name.removesuffix("-two").rpartition("-")
        assert parsed["terraform"]["required_version"] == ">= 1.11.0"
        assert parsed["terraform"]["required_providers"] == {
            # Advanced Database Insights needs a newer one.
            "aws": {
                "source": "hashicorp/aws",
                "version": f">= {'6.10.0' if name == 'maximal-database' else '5.100.0'}, < 7.0.0",
            }
        }
        # Copies in another region have a provider of their own beside it.
        (provider,) = (one for one in parsed["provider"]["aws"] if "alias" not in one)
        assert provider["allowed_account_ids"] == [accounts.get(environment, "111111111111")]
        (default,) = provider["default_tags"]
        assert default["tags"] == {
            **own.get(environment, {}),
            "project": "legacy" if environment == "adopted" else "experimentation",
            "environment": environment,
            "tier": tiers.get(environment, "development"),
            "stack": f"{kind}-two" if name.endswith("-two") else kind,
            "managed-by": "terraform",
        }
