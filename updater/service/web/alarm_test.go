package web_test

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"

	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// TestAlarmsFirst: what was changed after it was published stands before
// everything else that is wrong, on the first screen and on the page of its repository,
// for those who may see it.
func TestAlarmsFirst(t *testing.T) {
	const why = "the sha256 of tool is 0123 in the file, and the digest of GitHub's asset says 4567"
	w := webtest.New(t)
	swapped := store.Pin{Dependency: record.Dependency{
		ID: "Dockerfile#download:github.com/acme/tool#1", File: "Dockerfile", Line: 4, Ecosystem: "download", Name: "acme/tool",
		Package: "github.com/acme/tool", Pin: "1.0.0", Current: "1.0.0", Latest: "1.0.1", Status: "held", ReasonCode: "checksum-mismatch", Reason: why,
	}, Alarm: why}
	w.Repo("acme/shop", 1, true, leak("GHSA-aaaa-aaaa-aaaa", "CRITICAL"), swapped)
	w.Repo("evil/secret", 2, true, swapped)
	w.Door.Lets("ned", []int64{1}, nil)
	for _, page := range []string{"/", "/r/acme/shop"} {
		body := w.As("ned").Get(page).Text
		alarm, advisory := strings.Index(body, "the sha256 of tool is 0123"), strings.Index(body, "GHSA-aaaa-aaaa-aaaa")
		if alarm < 0 || advisory < 0 || alarm > advisory {
			t.Errorf("%s: the alarm stands at %d, the advisory at %d", page, alarm, advisory)
		}
		if !strings.Contains(body, `href="/r/acme/shop?q=acme%2Ftool#pins"`) || strings.Contains(body, "evil/secret") {
			t.Errorf("%s: no link to the pin, or one to a repository of others", page)
		}
	}
}
