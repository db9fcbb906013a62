"""Pipelines that teams copy: check, what a pull request changes, plan with review, deployment behind approval.

Sources, read November 2026: docs.github.com, "Workflow syntax", "Configuring OpenID Connect in Amazon Web Services" and
"Managing environments for deployment"; docs.gitlab.com, "CI/CD YAML syntax reference" and "Configure OpenID Connect in
AWS". Credentials are short-lived: one role to plan with and one to deploy with, for each environment.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from settings.loaded import Loaded

Host: TypeAlias = Literal["github", "gitlab"]

PLACES: Final[dict[Host, str]] = {"github": ".github/workflows/aurora.yml", "gitlab": ".gitlab-ci.yml"}
"""Where each host looks for its pipeline, in the repository."""

HEAD: Final = "# Written by `main.py ci`, and anew by `make ci`; docs/ci.md says what the host needs beside it.\n"

GITHUB: Final = """\
name: aurora

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
      id-token: write
      pull-requests: write
    strategy:
      fail-fast: false
      matrix:
        environment: ${{ fromJSON(needs.check.outputs.touched) }}
    environment: ${{ matrix.environment }}-plan
    concurrency: aurora-plan-${{ matrix.environment }}
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
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.AURORA_ROLE }}
          aws-region: ${{ vars.AURORA_REGION }}
      - name: Plan and review
        id: review
        env:
          ENV: ${{ matrix.environment }}
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
      id-token: write
    strategy:
      max-parallel: 1
      matrix:
        environment: ${{ fromJSON(needs.check.outputs.touched) }}
    # The environment's required reviewers are the approval.
    environment: ${{ matrix.environment }}
    concurrency: aurora-deploy-${{ matrix.environment }}
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
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.AURORA_ROLE }}
          aws-region: ${{ vars.AURORA_REGION }}
          role-duration-seconds: 7200
      - name: Deploy
        env:
          ENV: ${{ matrix.environment }}
          AUTO_APPROVE: "1"
        run: make deploy
"""

GITLAB: Final = """\
stages: [check, plan, deploy]

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

default:
  # Python 3.11 or newer, git, make and Terraform 1.11 or newer, with a shell.
  image: $AURORA_IMAGE

variables:
  GIT_DEPTH: "0"

check:
  stage: check
  script:
    - sh tools/environment.sh runtime
    - .venv/bin/python main.py check --format sarif > findings.sarif
    - .venv/bin/python main.py synth
  artifacts:
    when: always
    paths: [findings.sarif]

.aws:
  id_tokens:
    AURORA_TOKEN:
      aud: sts.amazonaws.com
  variables:
    AWS_ROLE_SESSION_NAME: aurora-$CI_JOB_ID
  before_script:
    - umask 077
    - AWS_WEB_IDENTITY_TOKEN_FILE=$(mktemp)
    - export AWS_WEB_IDENTITY_TOKEN_FILE
    - printf '%s' "$AURORA_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"

.plan:
  extends: .aws
  stage: plan
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - sh tools/environment.sh runtime
    - |
      code=0
      .venv/bin/python main.py diff "$ENV" --against "$CI_MERGE_REQUEST_DIFF_BASE_SHA" > diff.txt || code=$?
      # 3: something needs a person, which the review of the plan says with more knowledge.
      [ "$code" = 0 ] || [ "$code" = 3 ]
      if grep -q '^Nothing changes against' diff.txt; then cat diff.txt; exit 0; fi
    - make lambda
    - export AWS_ROLE_ARN="$AURORA_PLAN_ROLE" FORMAT=markdown BEFORE="$CI_MERGE_REQUEST_DIFF_BASE_SHA"
    - .venv/bin/python -m tools.delivery review > review.md
  after_script:
    - if [ -f review.md ]; then cat review.md; fi
  artifacts:
    when: always
    expose_as: plan review
    paths: [review.md]

.deploy:
  extends: .aws
  stage: deploy
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual
  script:
    - make lambda
    - export AWS_ROLE_ARN="$AURORA_APPLY_ROLE" AUTO_APPROVE=1
    - make deploy
"""

JOBS: Final = """
plan-@ENV@:
  extends: .plan
  variables:
    ENV: @ENV@
    AWS_REGION: @REGION@
  environment:
    name: @ENV@
    action: prepare

deploy-@ENV@:
  extends: .deploy
  variables:
    ENV: @ENV@
    AWS_REGION: @REGION@
  environment:
    name: @ENV@
  resource_group: @ENV@
"""


def deployable(environments: Iterable[Loaded]) -> list[Loaded]:
    """Return the environments whose state outlives a job: one in a local file would be gone with the runner."""
    return [loaded for loaded in environments if loaded.environment.state.backend != "local"]


def rendered(host: Host, environments: Iterable[Loaded]) -> str:
    """Return the host's pipeline for the environments whose state is not a local file."""
    chosen = deployable(environments)
    if host == "github":
        return HEAD + GITHUB.replace("@ENVIRONMENTS@", json.dumps([loaded.name for loaded in chosen]))
    jobs = [JOBS.replace("@ENV@", loaded.name).replace("@REGION@", loaded.environment.aws.region) for loaded in chosen]
    return HEAD + GITLAB + "".join(jobs)
