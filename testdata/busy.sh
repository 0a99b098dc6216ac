#!/bin/sh
# Runs the tests of make test while endless loops keep the processors busy. What is
# compiled and linked is so before they begin: the load is for the tests.
# Usage: testdata/busy.sh LOOPS TIMEOUT PACKAGE...
set -eu

loops=$1 timeout=$2
shift 2
work=$(mktemp -d)
GOROOT=$(go env GOROOT) # as the go command gives it to tests
export work timeout GOROOT
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# The go command hands over each program that it would run, in the folder of its package.
cat >"$work/keep" <<'END'
#!/bin/sh
kept=$(mktemp -d "$work/XXXXXX")
pwd >"$kept/folder"
cp "$1" "$kept/test"
END
chmod +x "$work/keep"
go test -count=1 -vet=off -exec "$work/keep" "$@" >/dev/null

for _ in $(seq "$loops"); do
	while kill -0 $$; do :; done 2>/dev/null &
	pids="$pids $!"
done
ls -S "$work"/*/test | xargs -P 8 -n 1 sh -c '
	began=$(date +%s) kept=${0%/test}
	folder=$(cat "$kept/folder")
	cd "$folder"
	if "$0" -test.short -test.paniconexit0 -test.parallel=8 -test.timeout="$timeout" >"$kept/log" 2>&1; then
		echo "ok    $folder  $(($(date +%s) - began))s"
	else
		cat "$kept/log"
		echo "FAIL  $folder"
		exit 1
	fi'
