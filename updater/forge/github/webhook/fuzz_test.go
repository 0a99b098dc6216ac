package webhook_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
)

func FuzzDecode(f *testing.F) {
	for _, p := range payloads() {
		if len(p.body) < 4<<10 { // larger ones only make it slow
			f.Add(p.event, []byte(p.body))
		}
	}
	f.Add("push", []byte(pushed))
	for _, body := range []string{`{"repository":null}`, `{"changes":[],"action":"edited"}`, `{"commits":[null]}`, `{"check_suite":null}`} {
		f.Add("push", []byte(body))
		f.Add("check_suite", []byte(body))
		f.Add("repository", []byte(body))
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		e, ok, err := webhook.Decode(name, body)
		again, okAgain, _ := webhook.Decode(name, body)
		if ok != okAgain || !cmp.Equal(e, again) {
			t.Errorf("once %v, then %v", e, again)
		}
		if err != nil && (ok || !cmp.Equal(e, event.Event{}) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%v, %v with %q", e, ok, err)
		}
		if ok {
			if err := forgetest.CheckEvent(e); err != nil {
				t.Error(err)
			}
		}
	})
}
