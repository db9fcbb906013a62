"""The dashboard's preview: the same layout and metrics that CloudWatch gets, and so does a browser lay it out."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import BASE, ENVIRONMENTS, PATIENCE, ROOT, merged, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Synthesized

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)

MEASURE = """
<script>
const main = document.querySelector("main").getBoundingClientRect();
const found = [...document.querySelectorAll(".widget")].map((widget) => {
  const box = widget.getBoundingClientRect();
  const below = Math.max(...[...widget.querySelectorAll("h2, .plot, li, code, p")].map((one) =>
    one.closest(".alarms, code") ? 0 : one.getBoundingClientRect().bottom));
  return [box.left - main.left, box.top - main.top, box.width, box.height, box.bottom - below, main.width];
});
document.body.textContent = "MEASURED" + JSON.stringify(found) + "MEASURED";
</script>
"""
"""Says where the browser put each widget, and how much room is left below what is in it."""

MARGIN = 3

ROW = 40


def preview(name: str, envs: Path) -> str:
    """Return the page."""
    result = run("show", name, "--dashboard", "--envs", str(envs))
    assert result.returncode == 0, result.stderr
    return result.stdout


def widgets(output: Synthesized, name: str) -> list[dict[str, Any]]:
    """Return the widgets of the body that CloudWatch gets."""
    body = output.stack(f"{name}-monitoring")["resource"]["aws_cloudwatch_dashboard"]["main"]["dashboard_body"]
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


PREVIEWS = [("prod", "shipped"), ("maximal", "examples"), ("serverless", "examples")]


@pytest.mark.parametrize(("name", "fixture"), PREVIEWS)
def test_it_has_every_widget_in_its_place_with_its_title_metrics_and_thresholds(
    name: str, fixture: str, request: pytest.FixtureRequest
) -> None:
    page = preview(name, ROOT / "envs" if fixture == "shipped" else ENVIRONMENTS)
    sections = re.findall(
        r'<section class="widget" data-type="(\w+)" '
        r'style="grid-column: (\d+) / span (\d+); grid-row: (\d+) / span (\d+)">(.*?)</section>',
        page,
        re.DOTALL,
    )
    expected = widgets(request.getfixturevalue(fixture), name)
    assert len(sections) == len(expected) >= 10
    for (kind, *places, inside), widget in zip(sections, expected, strict=True):
        column, width, row, height = map(int, places)
        assert (kind, column - 1, row - 1) == (widget["type"], widget["x"], widget["y"])
        assert (width, height) == (widget["width"], widget["height"])
        text, properties = html.unescape(inside), widget["properties"]
        if "title" in properties:
            assert f"<h2>{properties['title']}</h2>" in text
        for metric in properties.get("metrics", ()):
            assert all(part in text for part in metric[:2] if isinstance(part, str))
            assert metric[-1].get("stat", "Average") in text or "expression" in metric[-1]
        for line in properties.get("annotations", {}).get("horizontal", ()):
            assert f"{line['label']} {line['value']:,.12g}" in text
        for arn in properties.get("alarms", ()):
            assert f"<li>{arn.rpartition(':')[2]}</li>" in text
        if kind == "log":
            assert properties["query"] in text


@pytest.mark.parametrize("name", ["prod", "dev"])
def test_the_page_stands_alone(name: str) -> None:
    page = preview(name, ROOT / "envs")
    assert not re.search(r"<script|<img|<link|src=|href=|url\(|@import|https?://", page)


@pytest.mark.skipif(BROWSER is None, reason="no chromium on PATH; get it with: apt-get install chromium")
@pytest.mark.parametrize(("name", "fixture"), PREVIEWS)
@pytest.mark.long
def test_a_browser_lays_it_out_in_24_columns_and_nothing_is_cut_off_below(
    name: str, fixture: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    file = tmp_path / "dashboard.html"
    file.write_text(
        preview(name, ROOT / "envs" if fixture == "shipped" else ENVIRONMENTS).replace("</body>", f"{MEASURE}</body>")
    )
    done = subprocess.run(
        [
            str(BROWSER),
            *("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000", "--dump-dom"),
            *(f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    measured = json.loads(done.stdout.split("MEASURED")[1])
    expected = widgets(request.getfixturevalue(fixture), name)
    assert len(measured) == len(expected)
    for (left, top, width, height, room, whole), widget in zip(measured, expected, strict=True):
        column = whole / 24
        assert left == pytest.approx(widget["x"] * column + MARGIN, abs=1.5)
        assert width == pytest.approx(widget["width"] * column - 2 * MARGIN, abs=1.5)
        assert top == pytest.approx(widget["y"] * ROW + MARGIN, abs=1.5)
        assert height == pytest.approx(widget["height"] * ROW - 2 * MARGIN, abs=1.5)
        assert room >= 0, widget["properties"].get("title")


def test_where_nothing_is_watched_the_page_says_so(tmp_path: Path) -> None:
    # JSON is YAML, and quotes what has to be quoted.
    (tmp_path / "one.yaml").write_text(json.dumps(merged(BASE, {"monitoring": {"enabled": False}})))
    page = preview("one", tmp_path)
    assert "Nothing is watched here" in page
    assert "<section" not in page
