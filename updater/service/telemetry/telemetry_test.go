package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/sanitize"
	"github.com/freshpin/freshpin/updater/store"
)

func TestHide(t *testing.T) {
	l := NewLog(io.Discard, "json", slog.LevelInfo, fetch.RedactText, []string{"a secret of ours", "", "abc"})
	for text, secret := range map[string]string{
		"signed by a secret of ours":                                     "a secret of ours",
		"token ghs_16C7e42F292c6912E7710c838347Ae178B4a":                 "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
		"github_pat_11ABCDEFG0123456789_abcdefghijkl":                    "github_pat_11ABCDEFG0123456789_abcdefghijkl",
		"GET https://ada:hunter22@registry.example/v2/":                  "hunter22",
		"Authorization: Bearer abcdefgh.ijklmnop":                        "abcdefgh.ijklmnop",
		"Authorization: basic YWRhOmh1bnRlcjI=":                          "YWRhOmh1bnRlcjI=",
		"GET /auth/callback?code=1234567890&state=x":                     "1234567890",
		"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJlLXNpZw": "eyJpc3MiOiIxMjM0NTYifQ",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n":                      "MIIEow",
	} {
		if got := l.Hide(text); strings.Contains(got, secret) || got == text {
			t.Errorf("%q is told as %q", text, got)
		}
	}
	for _, text := range []string{"python 3.6.15 of abc", "https://github.com/acme/shop/pull/7", "the basic image", "sha256:9cadce71e834"} {
		if got := l.Hide(text); got != text {
			t.Errorf("%q is told as %q", text, got)
		}
	}
}

func TestLog(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		l := NewLog(&out, format, slog.LevelInfo, fetch.RedactText, []string{"sesame open"})
		ctx := With(With(context.Background(), "repo", "acme/shop"), "job", 7)
		l.With("key", "sesame open").InfoContext(ctx, "it is sesame open", "error", errors.New("sesame open"), slog.Group("in", "side", "sesame open"))
		got := out.String()
		if strings.Contains(got, "sesame") || !strings.Contains(got, "acme/shop") || !strings.Contains(got, "7") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	m := NewMetrics("1.2.3", github.Info())
	m.Pass(store.Run{Trigger: "push", Outcome: "done", Reads: 3, Writes: 4, Took: time.Second}, &lifecycle.Report{Groups: []decide.Outcome{{What: decide.Opened}}})
	m.Webhook("github", "push", "accepted")
	for n := range maxHosts + 10 {
		m.Lookup(strings.Repeat("x", n+1)+".example", "sent", time.Millisecond)
	}
	asked := 0
	m.Watch(Gauge{Name: "pins", Help: "Pins.", Labels: []string{"status"}, Ask: func(context.Context) (map[string]float64, error) {
		asked++
		return map[string]float64{"current": 5}, nil
	}})
	m.Watch(Gauge{Name: "away", Help: "Never there.", Ask: func(context.Context) (map[string]float64, error) { return nil, errors.New("away") }})
	problems, err := testutil.GatherAndLint(m.registry)
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "freshpin_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if err != nil {
		t.Error(err)
	}
	for range 2 {
		answer := httptest.NewRecorder()
		m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		text := answer.Body.String()
		for _, want := range []string{
			`freshpin_passes_total{outcome="done",trigger="push"} 1`, `freshpin_github_requests_total{kind="write"} 4`, `freshpin_pins{status="current"} 5`,
			`freshpin_webhooks_total{event="push",outcome="accepted",source="github"} 1`, `freshpin_lookups_total{host="other",outcome="sent"} 10`, `freshpin_build_info{version="1.2.3"} 1`,
		} {
			if !strings.Contains(text, want+"\n") {
				t.Errorf("%s is not in it", want)
			}
		}
	}
	if asked != 1 {
		t.Errorf("the database was asked %d times within ten seconds", asked)
	}
}

// Without a word about where traces go nothing is traced.
func TestTracesOff(t *testing.T) {
	shutdown, err := Traces(context.Background(), func(string) string { return "" }, "1.2.3", nil)
	if err != nil {
		t.Fatal(err)
	}
	shutdown()
	_, end := Start(context.Background(), "pass", map[string]string{"repo": "acme/shop"})
	end(errors.New("no"))
}

// TestHostileLog: what strangers wrote is logged as text that nothing obeys, and
// as JSON that programs read.
func TestHostileLog(t *testing.T) {
	for _, s := range []string{"::set-output name=x::y", "##[add-mask]x", "##vso[task.complete]", "section_start:1:x\r\x1b[0K", "\x1b[2J", "a\nfreshpin: all is well", "\u202ex\u2066", "\u009b31m", "a\u2028b", "a\x7fb"} {
		for _, format := range []string{"text", "json"} {
			var b strings.Builder
			w := sanitize.NewWriter(&b)
			NewLog(w, format, slog.LevelInfo, fetch.RedactText, nil).Info(s, "repo", s, "error", errors.New(s))
			line := strings.TrimSuffix(b.String(), "\n")
			if sanitize.Obeyed(line) || strings.Contains(line, "\n") {
				t.Errorf("%s: %q is obeyed in %q", format, s, line)
			}
			var read map[string]string
			if err := json.Unmarshal([]byte(line), &read); format == "json" && (err != nil || read["repo"] != s || read["error"] != s) {
				t.Errorf("%q comes back as %q, %v", s, read, err)
			}
		}
	}
}
