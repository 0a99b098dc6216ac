#!/bin/sh
# Compares `freshpin outdated` with `go list -m -u -e -json` on this project's
# go.mod and on large real ones, and measures both, cold. It needs a Go module
# proxy. Usage: testdata/compare/go.sh bin/freshpin [go.mod]...
set -eu

freshpin=$(realpath "$1")
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOWORK=off GOTOOLCHAIN=local GOFLAGS=-mod=mod

# Exact versions, each with at least 80 direct requirements.
modules='github.com/grafana/loki/v3@v3.7.8
github.com/hashicorp/terraform@v1.13.3
github.com/traefik/traefik/v3@v3.7.13
github.com/aquasecurity/trivy@v0.58.0'

mkdir "$work/empty"
printf 'module empty\n' >"$work/empty/go.mod"
if [ $# -eq 0 ]; then
	set -- "$root/go.mod"
	for m in $modules; do
		set -- "$@" "$(cd "$work/empty" && go list -m -f '{{.GoMod}}' "$m")"
	done
fi
cd "$root"
go build -o "$work/compare" ./testdata/compare
exec_status=0
"$work/compare" "$freshpin" "$@" || exec_status=$?
exit "$exec_status"
