"""Pages lead to pages that there are, and what they say for a file can be said in one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness import ROOT, merged, run

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        place, _, anchor = target.partition("#")
        found = (page.parent / place).resolve() if place else page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


def test_the_map_names_every_page() -> None:
    listed = set(re.findall(r"\]\(([a-z-]+\.md)", (ROOT / "docs" / "README.md").read_text()))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}


GENERATED = {"compliance.md", "rules.md"}
"""Lists that nothing else is said in."""


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in GENERATED], ids=lambda page: page.name)
def test_a_page_leads_on(page: Path) -> None:
    others = {
        Path(target.partition("#")[0]).name for target in re.findall(r"\]\(([^)\s:]+\.md[^)\s:]*)\)", page.read_text())
    }
    assert others - {page.name}


def test_the_readme_is_a_screen_and_a_half() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 90


def test_every_file_of_the_documentation_is_reached_from_its_map() -> None:
    ahead = [ROOT / "docs" / "README.md"]
    reached: set[Path] = set()
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            targets = re.findall(r"\]\(([^)\s#:]+)[^)\s:]*\)", page.read_text()) if page.suffix == ".md" else []
            ahead += [(page.parent / target).resolve() for target in targets]
    assert {path for path in (ROOT / "docs").rglob("*") if path.is_file()} <= reached


SAID_ELSEWHERE = {"configuration.md", "review.md"}
"""Generated from what is tested itself; and the file of approvals, which is another one."""


def of_an_environment(block: str) -> dict[str, Any]:
    """Return production with what a page says put over it, in the network that the page means."""
    base: dict[str, Any] = yaml.safe_load((ROOT / "envs" / "prod.yaml").read_text())
    said: dict[str, Any] = yaml.safe_load(block)
    base["state"]["manage_bucket"] = False
    if "network" in said:
        del base["network"], base["database"]["access"]
    whole = merged(base, said)
    whole["state"]["manage_bucket"] = False
    return whole


def test_what_a_page_says_for_a_file_is_taken(tmp_path: Path) -> None:
    blocks = [
        (f"{page.stem}-{number}".lower(), block)
        for page in PAGES
        if page.name not in SAID_ELSEWHERE
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))
    ]
    assert len(blocks) >= 10
    for name, block in blocks:
        (tmp_path / f"{name}.yaml").write_text(json.dumps(of_an_environment(block), indent=2))
    result = run("check", "--envs", str(tmp_path))
    assert result.returncode == 0, result.stderr
