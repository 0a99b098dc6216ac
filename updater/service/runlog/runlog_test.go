package runlog

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
)

// The log of a run is bounded, one line a line, and tells no secret, whatever
// it is given.
func TestRunLog(t *testing.T) {
	var out bytes.Buffer
	l := &Log{Hide: func(s string) string { return strings.ReplaceAll(s, "hunter2", "[hidden]") }}
	log := l.Logger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))).With("repo", "acme/shop")
	log.Debug("not for people")
	log.Info("asked", "url", "https://u:hunter2@example.test/")
	log.Warn("two\nlines \x1b[31mred")
	l.Report(&lifecycle.Report{
		Was: lifecycle.Known{Checkout: forge.Checkout{Repo: "acme/shop", Branch: "main", Commit: strings.Repeat("a", 40)}},
		Groups: []decide.Outcome{
			{Branch: "freshpin/x", What: decide.Opened, Number: 7, Updates: 2, Why: "hunter2"},
			{Branch: "freshpin/y", What: decide.Kept, Number: 8, Updates: 1},
		},
	}, errors.New("the token hunter2 is refused"))
	for n := range 500 {
		l.add("%s", fmt.Sprint(n, strings.Repeat("é", 1000)))
	}
	text := l.Text()
	lines := strings.Split(text, "\n")
	if len(lines) != logLines+1 || lines[logLines] != "… and 306 more lines" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	for _, want := range []string{
		"info: asked repo=acme/shop url=https://u:[hidden]@example.test/", "read acme/shop at aaaaaaa of main", "pull request #7 opened (freshpin/x, 2 updates): [hidden]",
		"pull request #8 kept (freshpin/y, 1 update)",
		"error: the token [hidden] is refused",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %q:\n%s", want, strings.Join(lines[:6], "\n"))
		}
	}
	if strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") || strings.Contains(text, "not for people") || !strings.Contains(lines[1], "two lines") {
		t.Errorf("the log tells what it must not:\n%s", strings.Join(lines[:6], "\n"))
	}
	if strings.Contains(out.String(), "asked") || !strings.Contains(out.String(), "red") {
		t.Errorf("the log of the service is %s", out.String())
	}
}
