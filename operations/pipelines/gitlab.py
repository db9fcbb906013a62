"""GitLab CI.

Sources, read November 2026: docs.gitlab.com, "CI/CD YAML syntax reference" and "Configure OpenID Connect in AWS".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings.loaded import Loaded

PIPELINE: Final = """\
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


def pipeline(environments: Sequence[Loaded]) -> str:
    """Return the pipeline: two jobs for each environment."""
    return PIPELINE + "".join(
        JOBS.replace("@ENV@", loaded.name).replace("@REGION@", loaded.environment.aws.region) for loaded in environments
    )
