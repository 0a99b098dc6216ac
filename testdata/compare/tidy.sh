#!/bin/sh
# Updates real Go projects with freshpin and asks the go command whether they
# are still tidy, verified and building. It needs a Go module proxy, the one of
# `go env GOPROXY`. Usage: testdata/compare/tidy.sh bin/freshpin [MODULE@VERSION]...
set -eu

freshpin=$(realpath "$1")
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Tags that are a year or more old, so that something moves; each is tidy and
# builds with the go command of 2026.
if [ $# -eq 0 ]; then
	set -- \
		github.com/spf13/cobra@v1.8.0 \
		github.com/spf13/viper@v1.18.2 \
		github.com/labstack/echo/v4@v4.11.4 \
		github.com/charmbracelet/bubbletea@v0.25.0 \
		github.com/charmbracelet/glamour@v0.6.0 \
		github.com/urfave/cli/v2@v2.27.1 \
		github.com/hashicorp/memberlist@v0.5.0 \
		github.com/prometheus/client_golang@v1.19.0 \
		github.com/go-playground/validator/v10@v10.18.0 \
		github.com/gofiber/fiber/v2@v2.52.0 \
		go.uber.org/zap@v1.27.0 \
		github.com/redis/go-redis/v9@v9.5.0
fi
cd "$root"
go build -o "$work/tidy" ./testdata/compare/tidy
status=0
"$work/tidy" "$freshpin" "$@" || status=$?
exit "$status"
