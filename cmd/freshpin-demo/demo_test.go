package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

// screen is how many lines a step of the story may have, of a window of 24.
const screen = 23

// The story goes to its end, each step fits one screen, and shows what it promises.
func TestStory(t *testing.T) {
	t.Chdir("../..")
	var out, errs bytes.Buffer
	if code, err := demo(t.Context(), nil, &out, &errs); err != nil || code != 0 {
		t.Fatalf("%d %v\n%s", code, err, errs.String())
	}
	steps := strings.Split(out.String(), "\n## ")[1:]
	if len(steps) != 7 {
		t.Fatalf("%d steps:\n%s", len(steps), out.String())
	}
	for n, want := range [][]string{
		{"no-version"}, {"All fixes", "USER 10001"},
		{"vulnerable: PYSEC-2019-217 (high)", "held: celery 4.1.1 requires kombu", "failed: "},
		{"(security)", "acme/storefront: 6 pins", "acme/identidock: 13 pins"}, {"+Jinja2==2.10.1", "+FROM acme/base:1.2.4"},
		{"openssl 3.0.11-1 -> 3.0.13-1", "Fewer false alarms"}, {"kept "},
	} {
		if lines := strings.Count(strings.TrimSpace(steps[n]), "\n") + 1; lines > screen {
			t.Errorf("step %d has %d lines:\n%s", n+1, lines, steps[n])
		}
		for _, w := range want {
			if !strings.Contains(steps[n], w) {
				t.Errorf("step %d does not say %q:\n%s", n+1, w, steps[n])
			}
		}
	}
}

// A port that is taken is told before anything is done.
func TestTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out bytes.Buffer
	_, err = demo(t.Context(), []string{"--serve", l.Addr().String()}, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "is taken; make demo-serve LISTEN=") || out.Len() > 0 {
		t.Errorf("%v, after %q", err, out.String())
	}
}
