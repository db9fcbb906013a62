"""Atlantis: a project for each environment, planned on each pull request that touches it, applied after approval.

Sources, read November 2026: runatlantis.io, "Repo level atlantis.yaml" and "Custom workflows".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings.loaded import Loaded

HEAD: Final = """\
version: 3
automerge: false
parallel_plan: false
parallel_apply: false
"""

PROJECT: Final = """\
- name: @ENV@
  dir: .
  # A folder and a lock of its own; no step selects a workspace of Terraform.
  workspace: @ENV@
  workflow: aurora-@ENV@
  autoplan:
    enabled: true
    when_modified:
    - envs/@ENV@.yaml
    - approvals/@ENV@.yaml
    - locks/@ENV@-*
    - "**/*.py"
    - "catalog/data/*.tsv"
    - Pipfile.lock
  apply_requirements: [approved, mergeable, undiverged]
"""

WORKFLOW: Final = """\
  aurora-@ENV@:
    plan:
      steps:
      - env:
          name: AWS_PROFILE
          value: @ENV@-plan
      - env:
          name: ENV
          value: @ENV@
      - env:
          name: FORMAT
          value: markdown
      - env:
          name: BEFORE
          command: git rev-parse --quiet --verify "origin/$BASE_BRANCH_NAME^{commit}" || true
      - run:
          command: sh tools/environment.sh runtime && make lambda
          output: hide
      - run: .venv/bin/python main.py check "$ENV"
      - run: .venv/bin/python -m tools.delivery review
      # Atlantis applies what has a plan file; the deployment plans anew.
      - run: echo "$HEAD_COMMIT" > "$PLANFILE"
    apply:
      steps:
      - env:
          name: AWS_PROFILE
          value: @ENV@-apply
      - env:
          name: ENV
          value: @ENV@
      - env:
          name: AUTO_APPROVE
          value: "1"
      - run: test "$(cat "$PLANFILE")" = "$HEAD_COMMIT"
      - run: make deploy
"""


def repository(environments: Sequence[Loaded]) -> str:
    """Return the repository's ``atlantis.yaml``."""
    names = [loaded.name for loaded in environments]
    projects = "".join(PROJECT.replace("@ENV@", name) for name in names)
    workflows = "".join(WORKFLOW.replace("@ENV@", name) for name in names)
    listed = f"projects:\n{projects}workflows:\n{workflows}" if names else "projects: []\nworkflows: {}\n"
    return HEAD + listed
