#!/bin/sh
# Builds the demo as the file that is named, and tells how far it is where that takes minutes.
set -eu
package=./cmd/freshpin-demo
[ -x "$1" ] || echo "Building the demo: a few minutes the first time, seconds after that. Fetching its modules ..."
all=$(go list -deps "$package" 2>/dev/null | wc -l) || all=0 # where that fails, the build says why
ended=$(mktemp)
trap 'rm -f "$ended"' EXIT
{
  code=0
  go build -v -trimpath -o "$1" "$package" 2>&1 || code=$?
  echo "$code" >"$ended"
} | {
  done=0
  next=10
  while IFS= read -r line; do
    case $line in
    "go: downloading "*) ;;
    *[!A-Za-z0-9./_~-]*) printf '%s\n' "$line" >&2 ;; # no package: what is wrong
    *)
      done=$((done + 1))
      if [ "$all" -gt 0 ] && [ $((100 * done)) -ge $((next * all)) ]; then
        echo "  compiled $done of at most $all packages"
        next=$((100 * done / all / 10 * 10 + 10))
      fi
      ;;
    esac
  done
}
exit "$(cat "$ended")"
