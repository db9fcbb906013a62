# Needs Python 3.11 or newer and nothing else; plan, deploy, destroy, output and lock also need Terraform.
# Everything is installed into the project's folder, when it is first needed and when a lock file has changed.

PYTHON ?= python3
# Each worker begins with a part of its own, so that few servers and syntheses are made by both.
PYTEST_FLAGS ?= -n 2 --dist worksteal
# Of chosen tests each has installed what it needs, when it needs it; a whole run needs everything, side by side.
CHOSEN := $(if $(filter file,$(origin PYTEST_FLAGS)),,1)
export TRY_PORT PYTHON ENV STACK AUTO_APPROVE FORMAT LOCK_FLAGS PLATFORMS BUNDLE BEFORE

ENVIRONMENT := sh tools/environment.sh
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help synth test test-long successor e2e e2e-wide try try-down check policy compliance changes golden rules effects schema configuration picture requests permissions bench provider-schemas lambda certificates \
	adopt clone ci plan review deploy destroy output lock migrate-state relock clean runtime dev servers scanner cdktf-cli

help: ## list these targets
	@awk -F ':.*## ' '/^##@ / { printf "%s%s\n", headed ? "\n" : "", substr($$0, 5); headed = 1 } \
		/^[a-z0-9-]+:.*## / && $$1 != "help" { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

##@ Look

synth: runtime ## write the Terraform JSON of every file in envs/ to cdktf.out/
	@$(RUN) main.py synth

try: dev ## bring dev up on an emulated AWS, for looking around: [ENV=prod] [TRY_PORT=4566]
	@$(RUN) -m tools.trial try

try-down: dev ## end what make try brought up
	@$(RUN) -m tools.trial try-down

##@ Deploy

plan: runtime ## show what would change: ENV=dev [STACK=database]
	@$(RUN) -m tools.delivery plan

review: runtime ## plan, and say what it does to the database and to those connected: ENV=prod [STACK=database] [BEFORE=main]
	@$(RUN) -m tools.delivery review

deploy: runtime ## apply the stacks in their order, but for the state stack: ENV=dev [STACK=state] [AUTO_APPROVE=1]
	@$(RUN) -m tools.delivery deploy

output: runtime ## print the outputs of the stacks: ENV=dev [STACK=database] [FORMAT=json]
	@$(RUN) -m tools.delivery output

destroy: runtime ## destroy the stacks in reverse order, but for the state stack: ENV=dev [STACK=database]
	@$(RUN) -m tools.delivery destroy

##@ Begin and end environments

adopt: runtime ## write the file of a cluster that runs: ENV=acme FROM=terraform.tfstate [CLUSTER=] [TIER=] [PROJECT=]
	@$(RUN) main.py adopt "$(ENV)" $(foreach source,$(FROM),--from "$(source)") $(if $(CLUSTER),--cluster "$(CLUSTER)") \
		$(if $(TIER),--tier "$(TIER)") $(if $(PROJECT),--project "$(PROJECT)")

# Unsaid, AS is make's own: the name of the assembler.
clone: NAMED = $(if $(filter default,$(origin AS)),,$(AS))
clone: runtime ## write the file of a preview, a clone of an environment's database: ENV=staging AS=pr-1234 [DAYS=14]
	@$(RUN) main.py clone "$(ENV)" "$(NAMED)" $(if $(DAYS),--days "$(DAYS)")

lambda: ## build the Lambda function's zip, build/database-access.zip, and note its hash for synth
	@$(ENVIRONMENT) pip
	@.pipenv/bin/python tools/function_package.py

lock: runtime ## keep provider versions and checksums in locks/ for git: ENV=prod [PLATFORMS="linux_amd64"]
	@$(RUN) -m tools.delivery lock

migrate-state: runtime ## move the state stack's own state into its bucket: ENV=prod
	@$(RUN) -m tools.delivery migrate-state

ci: runtime ## write a pipeline: HOST=github, gitlab, atlantis or hcp
	@$(RUN) main.py ci "$(HOST)"

##@ Develop

check: dev ## check style, which room imports which, and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@PYTHONPATH=functions $(RUN) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-logo --no-cache
	@$(RUN) -m mypy

test: ## run the tests, but those of make test-long and make e2e; PYTEST_FLAGS="-k network" chooses some
	@$(ENVIRONMENT) $(if $(CHOSEN),dev,tests)
	@INSTALL_FOR_TESTS=$(CHOSEN) $(RUN) -m pytest --most-written 500 $(PYTEST_FLAGS)

test-long: runtime ## run the tests that take long: the cdktf command line, kills at every step, first runs, much data
	@$(ENVIRONMENT) tests
	@$(ENVIRONMENT) successor
	@$(RUN) -m pytest -m long $(PYTEST_FLAGS)

e2e: cdktf-cli dev lambda ## deploy to an emulated AWS with the real Terraform, which takes about eight minutes
	@$(RUN) -m pytest -m e2e -n 5 --dist worksteal tests/e2e $(E2E_FLAGS)

e2e-wide: cdktf-cli dev lambda ## the same for adopted and restored clusters, versions, reviewed plans, which takes an hour
	@$(RUN) -m pytest -m e2e_wide -n 2 --dist worksteal tests/e2e $(E2E_FLAGS)

policy: runtime scanner ## hold every stack against the policy scanner and its waivers
	@$(RUN) -m tools.policy

picture: runtime ## draw docs/environment.svg anew, the picture in the README
	@$(RUN) main.py diagram prod > .picture.tmp && mv .picture.tmp docs/environment.svg || { rm -f .picture.tmp; exit 1; }

bench: dev $(if $(DEPLOY),lambda) ## measure a synth, a review and the function; FIRST=1: a first synth; DEPLOY=1: make against Terraform by hand
	@$(RUN) $(if $(DEPLOY),-m tools.bench_deploy,$(if $(FIRST),tools/bench_first.py,tools/bench.py))

clean: ## remove what was installed and synthesized, but no state
	rm -rf .venv .pipenv tools/scanner/.venv tools/successor/.venv tests/servers/node_modules node_modules build cdktf.out .cdktf.out.synthesized.json \
		.mypy_cache .pytest_cache .ruff_cache

successor: dev ## hold the golden files to what cdktn makes, the successor of cdktf
	@$(ENVIRONMENT) successor
	@$(RUN) -m pytest -m long tests/synthesis/test_synthesis_successor.py

##@ Write anew what is generated and kept in git

golden: dev ## write the golden files of the tests anew, for review in git diff
	@UPDATE_GOLDEN=1 $(RUN) -m pytest tests/test_golden.py

schema: runtime ## write envs/environment.schema.json for editors
	@$(RUN) main.py schema > .schema.tmp && mv .schema.tmp envs/environment.schema.json || { rm -f .schema.tmp; exit 1; }

configuration: runtime ## write docs/configuration.md: every key that an environment file can have
	@$(RUN) main.py configuration > .configuration.tmp && mv .configuration.tmp docs/configuration.md || \
		{ rm -f .configuration.tmp; exit 1; }

rules: runtime ## write docs/rules.md, which explains what check finds
	@$(RUN) main.py rules > .rules.tmp && mv .rules.tmp docs/rules.md || { rm -f .rules.tmp; exit 1; }

effects: runtime ## write the tables at the end of docs/review.md: what the plan review knows
	@sed '/^<!-- Written by/,$$d' docs/review.md > .review.tmp && $(RUN) main.py effects >> .review.tmp && \
		mv .review.tmp docs/review.md || { rm -f .review.tmp; exit 1; }

compliance: dev ## write docs/compliance.md: what the environments have for the controls of AWS Security Hub and CIS
	@$(RUN) -m tools.policy.compliance

changes: dev lambda ## write docs/changes.md anew: what each kind of change does to a running database
	@UPDATE_CHANGES=1 $(RUN) -m pytest -m e2e tests/e2e/test_e2e_changes.py

requests: dev lambda ## record anew what the provider asks of AWS, for the policies of who deploys; takes twenty minutes
	@UPDATE_REQUESTS=1 $(RUN) -m pytest -m e2e_wide tests/e2e/test_e2e_requests.py

permissions: runtime ## write the tables at the end of docs/deployer-policy.md: every action, and why
	@sed '/^<!-- Written by/,$$d' docs/deployer-policy.md > .permissions.tmp && \
		$(RUN) main.py deployer --reference >> .permissions.tmp && \
		mv .permissions.tmp docs/deployer-policy.md || { rm -f .permissions.tmp; exit 1; }

provider-schemas: dev ## hold what is emitted against releases of the provider anew, and say what is new in them
	@$(ENVIRONMENT) successor
	@$(RUN) -m tools.provider_schemas

certificates: dev ## extract the certificates that the function trusts: [BUNDLE=global-bundle.pem]
	@$(RUN) tools/certificates.py

relock: runtime ## choose package versions anew: each Pipfile.lock, and package-lock.json
	@$(ENVIRONMENT) relock

runtime:
	@$(ENVIRONMENT) runtime

dev:
	@$(ENVIRONMENT) dev

servers:
	@$(ENVIRONMENT) servers

scanner:
	@$(ENVIRONMENT) scanner

cdktf-cli: ## install the cdktf command line, which nothing here needs but its own tests
	@$(ENVIRONMENT) cli
