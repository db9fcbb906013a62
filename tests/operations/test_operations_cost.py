"""What a month costs: bills reckoned by hand, and quantities held against what is synthesized."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from catalog import instance_classes, prices
from settings.loaded import parts_of
from tests.harness import BASE, ENVIRONMENTS, ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path

QUIET: dict[str, Any] = {"monitoring": {"enabled": False}}

BILLS: dict[str, tuple[dict[str, Any], list[str], str, str]] = {
    # Two instances 2 x 730 x 0.26 = 379.60; keys of data, secrets, logs and network 4 x 1, at most 3 times that; a
    # secret 0.40; 200 GB x 0.10 = 20.00; 300 million x 0.20 = 60.00; backups 200 x 10 % x 6 days x 0.021 = 2.52;
    # logs 20 x 0.50 = 10.00 and, for 90 days, 20 x 3 x 0.03 = 1.80.
    "us-east-1": (
        merged(
            QUIET,
            {
                "aws": {"region": "us-east-1"},
                "database": {"instance_class": "db.r6g.large", "instances": 2},
            },
        ),
        ["--storage-gb", "200", "--io-millions", "300", "--changed-percent", "10", "--logs-gb", "20"],
        "384",
        "486.32",
    ),
    # Capacity 0.5 x 730 x 0.19 = 69.35 to 16 x 730 x 0.19 = 2,219.20; an endpoint in three zones 3 x 730 x 0.011 =
    # 24.09; five keys, those of before and that of access; 0.40; the alarm of failed runs 0.10; 50 GB x 0.248 = 12.40;
    # backups 50 x 5 % x 6 x 0.021 = 0.315; no call, no log line.
    "eu-west-1": (
        merged(
            QUIET,
            {
                "network": {"create": {"interface_endpoints": ["ssm"]}},
                "access": {},
                "database": {
                    "engine_version": "16.8",
                    "instance_class": "serverless",
                    "capacity": {"minimum": 0.5, "maximum": 16},
                    "storage": "io_optimized",
                },
            },
        ),
        ["--storage-gb", "50", "--logs-gb", "0", "--calls-millions", "0"],
        "98.94",
        "2271.505",
    ),
    # 730 x 0.70 = 511.00 and 730 x 0.35 = 255.50; of four readers at most three come, 3 x 511.00; Insights of 6 vCPUs
    # 6 x 730 x 0.0125 = 54.75, at most of 18; three gateways 3 x 730 x 0.052 = 113.88, their addresses 3 x 730 x
    # 0.005 = 10.95, 100 GB x 0.052 = 5.20; four keys; 0.40.
    "eu-central-1": (
        merged(
            QUIET,
            {
                "aws": {"region": "eu-central-1"},
                "network": {"create": {"nat": "per_zone"}},
                "database": {
                    "instances": {"1": {"instance_class": "db.r5.xlarge"}, "2": {"instance_class": "db.r5.large"}},
                    "readers": {"minimum": 1, "maximum": 4, "cpu_percent": 60},
                    "monitoring": {"insights": "advanced"},
                },
            },
        ),
        ["--storage-gb", "0", "--io-millions", "0", "--logs-gb", "0", "--nat-gb", "100"],
        "950.48",
        "2606.18",
    ),
}


@pytest.fixture
def envs(tmp_path: Path) -> Path:
    """Return an empty folder of environment files."""
    folder = tmp_path / "envs"
    folder.mkdir()
    return folder


def written(envs: Path, name: str, changes: dict[str, Any]) -> None:
    # JSON is YAML, and quotes what has to be quoted.
    (envs / f"{name}.yaml").write_text(json.dumps(merged(BASE, changes)))


def bills(envs: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return the bills by environment."""
    done = run("cost", "--envs", str(envs), "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    return {one["environment"]: one for one in json.loads(done.stdout)["environments"]}


@pytest.mark.parametrize("region", BILLS)
def test_a_bill_is_what_it_is_by_hand(envs: Path, region: str) -> None:
    changes, usage, floor, ceiling = BILLS[region]
    written(envs, "one", changes)
    bill = bills(envs, *usage)["one"]
    assert (bill["floor"], bill["ceiling"]) == (floor, ceiling), bill["lines"]
    assert all(line["price"] for line in bill["lines"])


@pytest.mark.parametrize("folder", [ROOT / "envs", ENVIRONMENTS], ids=["shipped", "examples"])
def test_what_is_counted_is_what_is_synthesized(folder: Path, request: pytest.FixtureRequest) -> None:
    output = request.getfixturevalue("shipped" if folder == ROOT / "envs" else "examples")
    found = bills(folder)
    for name, bill in found.items():
        resources: dict[str, list[Any]] = {}
        alarms = 0
        for stack in output.stacks:
            if parts_of(stack)[0] == name:
                document = output.stack(stack)
                alarms += len(document.get("locals", {}).get("alarms", {}))
                for kind, those in document.get("resource", {}).items():
                    resources.setdefault(kind, []).extend(those.values())
        alarms += sum("for_each" not in one for one in resources.get("aws_cloudwatch_metric_alarm", ()))
        endpoints = sum(
            len(one["subnet_ids"])
            for one in resources.get("aws_vpc_endpoint", ())
            if one["vpc_endpoint_type"] == "Interface"
        )
        expected = {
            "keys": len(resources["aws_kms_key"]),
            "alarms": alarms,
            "endpoints": endpoints,
            "nat": len(resources.get("aws_nat_gateway", ())),
            "dashboard": len(resources.get("aws_cloudwatch_dashboard", ())),
        }
        lines = {line["line"]: line for line in bill["lines"]}
        # Of two clusters beside one another, the other one's lines begin with its stack.
        counted = {
            key: sum(pieces(line) for said, line in lines.items() if said == key or said.endswith(f".{key}"))
            for key in expected
        }
        assert counted == expected, name
        instances = sum(pieces(line) for key, line in lines.items() if re.search(r"(^|\.)instances\.", key)) + (
            "capacity" in lines and int(re.findall(r"([0-9]+) instances?", lines["capacity"]["floor_is"])[0])
        )
        assert instances == len(resources["aws_rds_cluster_instance"]), name


def pieces(line: dict[str, Any]) -> int:
    """Return how many pieces a line has: the product of its factors, but for hours and price."""
    product = 1
    for factor in line["floor_is"].split(" x ")[:-1]:
        product *= 1 if factor.endswith(" hours") else int(factor.split(" ")[0])
    return product


def test_every_line_comes_to_what_its_arithmetic_says(envs: Path) -> None:
    written(envs, "one", BILLS["eu-central-1"][0])
    bill = bills(envs)["one"]
    total = 0.0
    for line in bill["lines"]:
        product = 1.0
        for factor in line["ceiling_is"].split(" x "):
            product *= 0 if factor == "nothing" else float(factor.removeprefix("~").replace(",", "").split(" ")[0])
        assert product == pytest.approx(float(line["ceiling"]), abs=1e-5), line
        total += product
    assert total == pytest.approx(float(bill["ceiling"]), abs=1e-4)


def test_steps_and_alternatives_are_what_they_are_by_hand(envs: Path) -> None:
    changes, usage, *_ = BILLS["us-east-1"]
    written(envs, "one", changes)
    bill = bills(envs, *usage)["one"]
    steps = {step["what"]: (step["floor"], step["ceiling"]) for step in bill["steps"]}
    assert steps["one instance more"] == ("189.8", "189.8")
    assert steps["one instance less"] == ("-189.8", "-189.8")
    assert steps["every db.r6g.large one size larger (db.r6g.xlarge)"] == ("379.6", "379.6")
    assert steps["Database Insights advanced"] == ("36.5", "36.5")
    assert steps["one NAT gateway"] == ("36.5", "36.95")
    # 30 % of 379.60 and 0.125 for each of 200 GB, at 0.20 for a million; 0.26 / 0.12.
    assert bill["io_optimized_from_million_requests"] == "694.4"
    assert bill["serverless_below_acu"] == {"db.r6g.large": "2.166667"}


def test_a_region_without_prices_has_its_quantities_and_says_so(envs: Path) -> None:
    written(envs, "far", {"aws": {"region": "sa-east-1"}, "database": {"instance_class": "db.r6g.large"}})
    done = run("cost", "far", "--envs", str(envs))
    assert done.returncode == 0, done.stderr
    assert "far: no prices of sa-east-1 are known" in done.stdout
    assert "1 instance x 730 hours x ?" in done.stdout
    assert all(region in done.stdout for region in ("eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2"))
    assert "no prices of sa-east-1 are known" in run("show", "far", "--envs", str(envs)).stdout
    bill = bills(envs)["far"]
    assert (bill["prices_known"], bill["floor"], bill["ceiling"], bill["steps"]) == (False, None, None, [])


def test_a_class_without_a_price_is_named_and_not_in_the_sum(envs: Path) -> None:
    database = {"engine_version": "16.8", "instance_class": "db.r6gd.xlarge"}
    written(envs, "one", merged(QUIET, {"aws": {"region": "us-east-1"}, "database": database}))
    done = run("cost", "one", "--envs", str(envs))
    assert done.returncode == 0, done.stderr
    assert "Without a known price, and not in the sums: Instances db.r6gd.xlarge." in done.stdout
    assert bills(envs)["one"]["floor"] == "4.4"


def test_show_says_it_in_one_line_and_names_the_command() -> None:
    lines = run("show", "prod").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("  prod: about")]
    assert "USD a month in eu-west-1" in line
    assert line.endswith("`main.py cost prod` says what for")


def test_all_environments_are_summed_and_what_is_left_out_is_said() -> None:
    done = run("cost")
    assert re.search(r"^All 3 together: [0-9,.]+ to [0-9,.]+ USD a month$", done.stdout, re.MULTILINE)
    assert "Not counted:" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--storage-gb", "-1"],
        ["--storage-gb", "much"],
        ["--storage-gb", "nan"],
        ["--io-millions", "inf"],
        ["--changed-percent", "101"],
        ["--format", "pdf"],
        ["nowhere"],
    ],
    ids=" ".join,
)
def test_wrong_words_are_refused(arguments: list[str]) -> None:
    done = run("cost", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_old_prices_are_said_to_be_old() -> None:
    for day, said in ((prices.due() - timedelta(days=1), False), (prices.due(), True)):
        moment = str(int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()))
        done = run("cost", "dev", SOURCE_DATE_EPOCH=moment)
        assert done.returncode == 0
        assert (f"the prices are of {prices.AS_OF}, over 6 months old" in done.stderr) is said


def test_prices_are_known_of_the_usual_regions_and_of_every_default() -> None:
    assert set(prices.regions()) == {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"}
    for region in prices.regions():
        for name in ("db.t3.medium", "db.r5.large", "db.r6g.16xlarge", "db.r7g.large", "db.t4g.large"):
            known, price = instance_classes.find(name), prices.of_class(region, name)
            assert known is not None
            assert price is not None
            assert 0.01 < float(price.amount) / known.memory_gib < 0.05
            optimized = prices.of_class(region, name, io_optimized=True)
            assert optimized is not None
            assert optimized.amount > price.amount
