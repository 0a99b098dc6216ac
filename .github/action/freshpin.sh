#!/usr/bin/env bash
# Downloads the archive of this action's own version, compares it with the checksum beside this
# script, and runs the program. Called by action.yml, which says what each INPUT_… means.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temp=${RUNNER_TEMP:-${TMPDIR:-/tmp}}

die() { # one line for people, and the same as an annotation
  printf 'freshpin: %s\n' "$1" >&2
  [ "${GITHUB_ACTIONS:-}" = true ] && printf '::error title=Freshpin::%s\n' "$1" >&2
  exit 1
}

archive_name() {
  local os arch
  case "${RUNNER_OS:-$(uname -s)}" in
  Linux) os=linux ;;
  macOS | Darwin) os=darwin ;;
  Windows | MINGW* | MSYS* | CYGWIN*) os=windows ;;
  *) die "no archive for the operating system ${RUNNER_OS:-$(uname -s)}: linux, macOS and Windows have one" ;;
  esac
  case "${RUNNER_ARCH:-$(uname -m)}" in
  X64 | x86_64 | amd64) arch=amd64 ;;
  ARM64 | arm64 | aarch64) arch=arm64 ;;
  *) die "no archive for the architecture ${RUNNER_ARCH:-$(uname -m)}: amd64 and arm64 have one" ;;
  esac
  if [ "$os" = windows ]; then
    echo "freshpin_${FRESHPIN_VERSION}_${os}_${arch}.zip"
  else
    echo "freshpin_${FRESHPIN_VERSION}_${os}_${arch}.tar.gz"
  fi
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c1-64
}

# The checksums of a version are written by its release; a branch has none.
expected() {
  local sum
  sum=$(awk -v name="$1" '$2 == name { print $1 }' "$here/checksums")
  [ ${#sum} = 64 ] || die "no checksum of $1 stands in this action: use a released version (freshpin/freshpin@v$FRESHPIN_VERSION), not a branch"
  echo "$sum"
}

# Plain HTTP is for tests on this machine alone.
download() {
  local base=${FRESHPIN_DOWNLOAD_URL:-https://github.com/freshpin/freshpin/releases/download} proto='=https'
  case "$base" in http://127.0.0.1:* | http://localhost:*) proto='=http,https' ;; esac
  curl --fail --silent --show-error --location --proto "$proto" --retry 3 --max-time 300 --max-filesize 200000000 \
    --output "$2" "$base/v$FRESHPIN_VERSION/$1" ||
    die "download of $1 from $base failed: is the network reachable from this runner?"
}

install() {
  local name want got archive bin
  name=$(archive_name)
  want=$(expected "$name")
  bin=$temp/freshpin-$FRESHPIN_VERSION-$want
  archive=$bin.part
  if [ ! -d "$bin" ]; then
    download "$name" "$archive"
    got=$(sha256 "$archive")
    if [ "$got" != "$want" ]; then
      rm -f "$archive"
      die "$name has the checksum $got, and this action expects $want: it is not run"
    fi
    rm -rf "$bin.new"
    mkdir -p "$bin.new"
    case "$name" in
    *.zip) unzip -q "$archive" -d "$bin.new" ;;
    *) tar -xzf "$archive" -C "$bin.new" ;;
    esac
    rm -f "$archive"
    mv "$bin.new" "$bin"
  fi
  program=$bin/freshpin
  [ -f "$program.exe" ] && program=$program.exe
  return 0
}

program=''
install

# Arguments: whatever the inputs say; white space separates those of `args`.
set -f
read -r -d '' -a more <<<"${INPUT_ARGS:-} " || true
command=${INPUT_COMMAND:-run}
arguments=("$command")
[ -z "${INPUT_CONFIG:-}" ] || arguments+=(--config "$INPUT_CONFIG")
[ -z "${INPUT_ALLOW:-}" ] || arguments+=(--allow "$INPUT_ALLOW")
[ "${GITHUB_OUTPUT:-}" ] && outputs=$GITHUB_OUTPUT || outputs=/dev/null
summary=''
case "$command" in
run)
  if [ -n "${INPUT_APP_KEY:-}" ]; then
    key=$(umask 077 && mktemp "$temp/freshpin-key.XXXXXX")
    trap 'rm -f "$key"' EXIT
    printf '%s\n' "$INPUT_APP_KEY" >"$key"
    arguments+=(--github-app-key "$key")
  fi
  [ -z "${INPUT_APP_ID:-}" ] || arguments+=(--github-app-id "$INPUT_APP_ID")
  ;;
outdated | check)
  [ -z "${INPUT_FAIL_ON:-}" ] || arguments+=(--fail-on "$INPUT_FAIL_ON")
  [ -z "${INPUT_SARIF_FILE:-}" ] || arguments+=(--output "sarif=$INPUT_SARIF_FILE")
  ;;
update) ;;
*) die "command: \"$command\" is not run, outdated, update or check" ;;
esac
case "$command" in
run | outdated | check)
  arguments+=(--output "github=$outputs")
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    summary=$temp/freshpin-summary-$$.md
    arguments+=(--output "markdown=$summary")
  fi
  ;;
esac
unset INPUT_APP_KEY
export XDG_CACHE_HOME=$temp/freshpin-cache

[ "$command" = run ] && arguments+=(${more[@]+"${more[@]}"} "github:${INPUT_REPOSITORY:-${GITHUB_REPOSITORY:-}}") ||
  arguments+=(${more[@]+"${more[@]}"})
cd "${INPUT_WORKING_DIRECTORY:-.}"
code=0
"$program" "${arguments[@]}" || code=$?
[ -z "$summary" ] || [ ! -f "$summary" ] || { cat "$summary" >>"$GITHUB_STEP_SUMMARY"; rm -f "$summary"; }
[ -z "${INPUT_SARIF_FILE:-}" ] || [ ! -f "$INPUT_SARIF_FILE" ] || printf 'sarif-file=%s\n' "$PWD/$INPUT_SARIF_FILE" >>"$outputs"
exit $code
