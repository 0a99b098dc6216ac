package serve

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/service/notify"
)

// Messages go to the hosts that the operator named, also private ones, and
// neither to others nor where an answer leads.
func TestReceivers(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	named := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}
	}))
	defer named.Close()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(named.URL+"/away\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &config.Operator{Service: config.Service{Notify: []config.Notify{
		{Name: "pager", Kind: "webhook", URL: named.URL + "/hook", Secret: "0123456789abcdef", Digest: "08:30"}, {Name: "away", Kind: "slack", URLFile: file},
	}}}
	list, client, err := receivers(o)
	if err != nil {
		t.Fatal(err)
	}
	if !list[0].Digest || list[0].At != 8*time.Hour+30*time.Minute || list[1].Digest {
		t.Errorf("the receivers are %+v", list)
	}
	events := []notify.Event{{ID: 1, Text: "x"}}
	if err := notify.Send(t.Context(), client, list[0], "d", events, time.Now()); err != nil {
		t.Errorf("one that is named: %v", err)
	}
	if err := notify.Send(t.Context(), client, list[1], "d", events, time.Now()); err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("one that leads away: %v", err)
	}
	list[0].URL = other.URL
	if err := notify.Send(t.Context(), client, list[0], "d", events, time.Now()); err == nil || asked > 0 {
		t.Errorf("one that is not named is asked %d times: %v", asked, err)
	}
	check := func() (string, error) {
		return new(command).checkReceivers(t.Context(), &wiring.Settings{Operator: o})
	}
	if said, err := check(); err != nil || said != "receivers: pager (webhook), away (slack); nothing was sent" {
		t.Errorf("--check-config says %q, %v", said, err)
	}
	o.Notify[0].Secret = "short"
	if _, err := check(); err == nil {
		t.Error("--check-config passes a short secret")
	}
	if _, _, err := receivers(o); err == nil || strings.Contains(err.Error(), named.URL) {
		t.Errorf("a short secret: %v", err)
	}
}
