"""The picture of an environment: what it shows is in the stacks, it is always the same, and within its frame."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.harness import BASE, ENVIRONMENTS, ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"

PICTURES = [
    *(("prod", ROOT / "envs"), ("dev", ROOT / "envs")),
    *((name, ENVIRONMENTS) for name in ("maximal", "existing-vpc", "serverless", "adopted", "grown")),
]

SOME = [one if one[0] == "prod" else pytest.param(*one, marks=pytest.mark.long) for one in PICTURES]

_drawn: dict[str, str] = {}


def drawn(name: str, envs: Path) -> str:
    """Return an environment's picture."""
    if name not in _drawn:
        result = run("diagram", name, "--envs", str(envs))
        assert result.returncode == 0, result.stderr
        _drawn[name] = result.stdout
    return _drawn[name]


def parsed(name: str, envs: Path) -> ET.Element:
    return ET.fromstring(drawn(name, envs))  # noqa: S314 - the project's own


def texts(name: str, envs: Path) -> list[str]:
    """Return what is written in a picture, whole even where it is shown cut."""
    found = []
    for element in parsed(name, envs).iter(f"{SVG}text"):
        told = element.find(f"{SVG}title")
        found.append(str(element.text if told is None else told.text))
    return found


def number(element: ET.Element, name: str) -> float:
    return float(element.get(name, "0"))


@pytest.mark.parametrize(
    ("name", "envs"),
    SOME,
)
def test_everything_stays_within_the_picture_and_no_box_lies_across_another(name: str, envs: Path) -> None:
    picture = parsed(name, envs)
    _, _, width, height = map(float, str(picture.get("viewBox")).split())
    boxes = [box for box in picture.iter(f"{SVG}rect") if box.get("class") not in ("page", "frame", "subnet")]
    corners = [
        (number(b, "x"), number(b, "y"), number(b, "x") + number(b, "width"), number(b, "y") + number(b, "height"))
        for b in boxes
    ]
    for left, top, right, bottom in corners:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for index, (left, top, right, bottom) in enumerate(corners):
        for other in corners[index + 1 :]:
            assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1], (name, other)
    for line in picture.iter(f"{SVG}polyline"):
        for x, y in (map(float, point.split(",")) for point in str(line.get("points")).split()):
            assert 0 <= x <= width
            assert 0 <= y <= height
    for text in picture.iter(f"{SVG}text"):
        assert number(text, "x") + 6 * len(text.text or "") <= width + 20


@pytest.mark.parametrize(("name", "envs"), SOME)
def test_it_stands_alone_and_follows_the_page(name: str, envs: Path) -> None:
    picture = drawn(name, envs)
    assert "prefers-color-scheme: dark" in picture
    assert not re.search(r"<script|<image|<foreignObject|href=|url\((?!#)|@import", picture)
    assert re.findall(r"https?://[^\s\"<]+", re.sub(r"<text.*?</text>", "", picture)) == ["http://www.w3.org/2000/svg"]


def test_it_shows_what_the_stacks_have() -> None:
    found = texts("maximal", ENVIRONMENTS)
    for expected in (
        "VPC 10.60.0.0/16",
        "private 10.60.24.0/21",
        "us-east-1d",
        "Cluster experimentation-maximal",
        "Instance analytics",
        "db.r7g.2xlarge, tier 15",
        "block vpn",
        "cluster 6432, proxy 5432",
        "sg-0a1b2c3d4e5f60718",
        "RDS Proxy",
        "NAT gateways: 3",
        "s3 (gateway), secretsmanager, ssm, sts",
        "Keys (KMS): 7",
        "Master secret",
        "on-call@example.com",
        "growth@example.com",
        "terraform-state",
    ):
        assert expected in found, expected
    # Three sources at two doors, the function at both and at the endpoints, the proxy at the cluster, what the
    # endpoints lead to, logs to alarms, alarms to two topics, the cluster to its logs.
    assert len(list(parsed("maximal", ENVIRONMENTS).iter(f"{SVG}polyline"))) == 3 * 2 + 2 + 1 + 1 + 2 + 1 + 2 + 1


def test_it_shows_nothing_that_there_is_not() -> None:
    found = "\n".join(texts("serverless", ENVIRONMENTS))
    assert not re.search("Proxy|Lambda|NAT|SQS|S3|SQS", found)
    assert "nobody from outside" in found
    assert "0 to 8 ACU" in found
    assert "Master secret" not in "\n".join(texts("adopted", ENVIRONMENTS))


def test_the_same_stacks_give_the_same_picture_and_the_readme_has_the_one_of_today() -> None:
    again = run("diagram", "prod")
    assert again.stdout == drawn("prod", ROOT / "envs")
    assert (ROOT / "docs" / "environment.svg").read_text() == again.stdout, "make picture"
    assert "](docs/environment.svg)" in (ROOT / "README.md").read_text()


def test_names_that_are_long_or_odd_stay_text(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    access = {"cidrs": {f"a-name-of-20-letter{index}": f"10.10.{index}.0/24" for index in range(9)}}
    changes = {
        "database": {"access": access, "instances": 9},
        "monitoring": {"notify": {"page": {"email": {"one": "a&b'@example.com"}}}},
    }
    # JSON is YAML, and quotes what has to be quoted.
    (envs / "odd.yaml").write_text(json.dumps(merged(BASE, changes)))
    found = texts("odd", envs)
    assert "a&b'@example.com" in found
    assert "block a-name-of-20-letter8" in found
    assert "Instance 9" in found
    test_everything_stays_within_the_picture_and_no_box_lies_across_another("odd", envs)


def test_a_wrong_file_is_said_as_everywhere(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("tier: none\n")
    result = run("diagram", "one", "--envs", str(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
