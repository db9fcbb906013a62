"""GitHub Actions: with roles of AWS, or with a token of HCP Terraform, which has the roles.

HCP Terraform runs plans and applies of plain Terraform; it cannot synthesize. So a workflow of GitHub does, and starts
the runs with Terraform's own command line.

Sources, read November 2026: docs.github.com, "Workflow syntax", "Configuring OpenID Connect in Amazon Web Services" and
"Managing environments for deployment"; developer.hashicorp.com, "CLI configuration: environment variable credentials".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from settings.state import CloudState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings.loaded import Loaded

WORKFLOW: Final = """\
name: @NAME@

on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    permissions:
      contents: read
      security-events: write
    outputs:
      touched: ${{ steps.touched.outputs.touched }}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install
        run: sh tools/environment.sh runtime
      - name: Check
        run: .venv/bin/python main.py check --format sarif > findings.sarif
      - name: Show findings on their lines
        if: ${{ !cancelled() && github.event.pull_request.head.repo.fork != true }}
        uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: findings.sarif
      - name: Synthesize
        run: .venv/bin/python main.py synth
      - name: Find the environments that are touched
        id: touched
        env:
          BASE: ${{ github.event.pull_request.base.sha || github.event.before }}
          ENVIRONMENTS: '@ENVIRONMENTS@'
        run: |
          touched="$ENVIRONMENTS"
          if git cat-file -e "$BASE^{commit}"; then
            code=0
            .venv/bin/python main.py diff --against "$BASE" --format json > diff.json || code=$?
            # 3: something needs a person, which the review of the plan says with more knowledge.
            [ "$code" = 0 ] || [ "$code" = 3 ]
            touched=$(jq -c --argjson known "$ENVIRONMENTS" '
              [.environments[] | select(.fate == "added" or .fate == "changed") | .environment]
              | map(select(. as $name | any($known[]; . == $name)))' diff.json)
          fi
          echo "touched=$touched" >> "$GITHUB_OUTPUT"

  plan:
    needs: check
    if: >-
      github.event_name == 'pull_request' && github.event.pull_request.head.repo.fork != true
      && needs.check.outputs.touched != '[]'
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read
@TOKEN@      pull-requests: write
    strategy:
      fail-fast: false
      matrix:
        environment: ${{ fromJSON(needs.check.outputs.touched) }}
    environment: ${{ matrix.environment }}-plan
    concurrency: @NAME@-plan-${{ matrix.environment }}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - uses: hashicorp/setup-terraform@v3
        with:
          terraform_version: "~1.11"
          terraform_wrapper: false
      - name: Install
        run: |
          sh tools/environment.sh runtime
          make lambda
@PLAN_CREDENTIALS@      - name: Plan and review
        id: review
        env:
@VARIABLES@          ENV: ${{ matrix.environment }}
          FORMAT: markdown
          BEFORE: ${{ github.event.pull_request.base.sha }}
        run: |
          code=0
          .venv/bin/python -m tools.delivery review > review.md || code=$?
          cat review.md >> "$GITHUB_STEP_SUMMARY"
          exit "$code"
      - name: Comment, or update the comment
        if: ${{ !cancelled() && steps.review.outcome != 'skipped' }}
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
        run: |
          marker=$(head -n 1 review.md)
          case "$marker" in '<!-- aurora-plan-review '*) ;; *) exit 0 ;; esac
          comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
          gh api --paginate "$comments" > comments.json
          id=$(jq -r --arg marker "$marker" \\
            '.[] | select(.user.type == "Bot" and (.body | startswith($marker))) | .id' comments.json | head -n 1)
          if [ -n "$id" ]; then
            gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F body=@review.md
          else
            gh api --silent --method POST "$comments" -F body=@review.md
          fi

  deploy:
    needs: check
    if: github.event_name == 'push' && needs.check.outputs.touched != '[]'
    runs-on: ubuntu-latest
    timeout-minutes: 120
    permissions:
      contents: read
@TOKEN@    strategy:
      max-parallel: 1
      matrix:
        environment: ${{ fromJSON(needs.check.outputs.touched) }}
    # The environment's required reviewers are the approval.
    environment: ${{ matrix.environment }}
    concurrency: @NAME@-deploy-${{ matrix.environment }}
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - uses: hashicorp/setup-terraform@v3
        with:
          terraform_version: "~1.11"
          terraform_wrapper: false
      - name: Install
        run: make lambda
@APPLY_CREDENTIALS@      - name: Deploy
        env:
@VARIABLES@          ENV: ${{ matrix.environment }}
          AUTO_APPROVE: "1"
        run: make deploy
"""

PLAN_ROLE: Final = """\
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.AURORA_ROLE }}
          aws-region: ${{ vars.AURORA_REGION }}
"""

APPLY_ROLE: Final = """\
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.AURORA_ROLE }}
          aws-region: ${{ vars.AURORA_REGION }}
          role-duration-seconds: 7200
"""

IDENTITY: Final = "      id-token: write\n"
"""What a job needs to be given a role of AWS."""

HCP: Final = "app.terraform.io"
"""Where HCP Terraform is, unless an environment names a host of its own."""


def with_roles(environments: Sequence[Loaded]) -> str:
    """Return the workflow of environments whose runs happen on GitHub, with roles of AWS for its token."""
    return _filled(
        environments,
        NAME="aurora",
        PLAN_CREDENTIALS=PLAN_ROLE,
        APPLY_CREDENTIALS=APPLY_ROLE,
        TOKEN=IDENTITY,
        VARIABLES="",
    )


def with_runs_at_hcp(environments: Sequence[Loaded]) -> str:
    """Return the workflow of environments whose runs happen at HCP Terraform, each with a token of its own."""
    states = [loaded.environment.state for loaded in environments]
    hosts = sorted({state.hostname or HCP for state in states if isinstance(state, CloudState)})
    return _filled(
        environments,
        NAME="aurora-hcp",
        PLAN_CREDENTIALS="",
        APPLY_CREDENTIALS="",
        TOKEN="",
        VARIABLES="".join(f"          {variable(host)}: ${{{{ secrets.AURORA_HCP_TOKEN }}}}\n" for host in hosts),
    )


def variable(host: str) -> str:
    """Return the variable that Terraform reads a host's token from."""
    name = host.partition(":")[0].replace("-", "__").replace(".", "_")
    return f"TF_TOKEN_{name}"


def _filled(environments: Sequence[Loaded], **parts: str) -> str:
    text = WORKFLOW.replace("@ENVIRONMENTS@", json.dumps([loaded.name for loaded in environments]))
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text
