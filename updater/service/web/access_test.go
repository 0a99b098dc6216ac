package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// routes are all paths that show something of a repository; %s is its name.
var routes = []string{
	"/r/%s", "/r/%s?status=held", "/r/%s?q=lib", "/badge/%s.svg",
	"/api/v1/repositories/%s", "/api/v1/repositories/%s/pins", "/api/v1/repositories/%s/pulls", "/api/v1/repositories/%s/runs", "/api/v1/repositories/%s/trend",
}

// TestOthersAreNotThere: a repository that somebody may not read is not found,
// and the answer is that of one that does not exist, to the letter.
func TestOthersAreNotThere(t *testing.T) {
	w := webtest.Neighbours(t)
	for _, login := range []string{"grace", "nobody"} {
		b := w.As(login)
		for _, route := range routes {
			there := b.Get(strings.ReplaceAll(route, "%s", "evil/secret"))
			not := b.Get(strings.ReplaceAll(route, "%s", "evil/nothing"))
			if there.StatusCode != http.StatusNotFound || not.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s is %d, what does not exist %d", login, route, there.StatusCode, not.StatusCode)
			}
			if there.Text != not.Text {
				t.Errorf("%s: %s tells that the repository is there:\n%s\n%s", login, route, there.Text, not.Text)
			}
			if a, b := headers(there), headers(not); a != b {
				t.Errorf("%s: %s tells it in its headers:\n%s\n%s", login, route, a, b)
			}
		}
	}
}

func headers(r webtest.Reply) string {
	var list []string
	for name, values := range r.Header {
		if name != "Date" {
			list = append(list, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// lists are all paths that show something of all repositories.
var lists = []string{
	"/", "/?q=secret", "/?state=proposing", "/?sort=-updates", "/?sort=-libyears&page=2", "/p", "/p?q=secret", "/p?q=secret-lib%3D%3D6.6.6", "/p?q=GHSA-5ec7-5ec7-5ec7",
	"/p?q=sha256%3A5ec7e75ec7e7", "/p/requirements/secret-lib", "/p/dockerfile/docker.io/library/python", "/runs", "/runs?n=1000", "/runs?outcome=done", "/about",
	"/api/v1/overview", "/api/v1/repositories", "/api/v1/repositories?q=secret", "/api/v1/runs", "/api/v1/packages", "/api/v1/packages?q=secret",
	"/api/v1/packages/requirements/secret-lib", "/api/v1/packages/dockerfile/docker.io/library/python", "/api/v1/who?q=secret-lib", "/api/v1/who?q=python",
	"/api/v1/who?q=GHSA-5ec7-5ec7-5ec7", "/api/v1/who?q=sha256%3A5ec7e75ec7e7", "/api/v1/health", "/jobs", "/api/v1/jobs",
	"/vulnerable", "/vulnerable?q=GHSA", "/vulnerable?show=dismissed", "/pulls", "/pulls?q=x", "/?state=unhealthy", "/runs/2",
	"/api/v1/vulnerable", "/api/v1/vulnerable?dismissed=false", "/api/v1/pulls", "/api/v1/runs/2",
}

// TestListsHoldNothingOfOthers checks that lists, counts, searches and errors contain nothing that the user may not read.
func TestListsHoldNothingOfOthers(t *testing.T) {
	w := webtest.Neighbours(t)
	w.Problems = []web.Problem{
		{What: "GitHub", Why: "GET https://api.github.com/repos/evil/secret: 502"}, {What: "registry.evil.example", Why: "503"}, {What: "database", Why: "evil"},
	}
	b := w.As("grace")
	for _, path := range lists {
		r := b.Get(path)
		body := r.Text
		for _, echo := range []string{`value="secret`, `q=secret`, "“", `<q>secret`, `Search for secret`} {
			body = strings.ReplaceAll(body, echo, "")
		}
		for _, secret := range []string{"evil", "6.6.6", "7.7.7", "secret.txt", "etl-jobs"} {
			if path != "/p?q=secret-lib%3D%3D6.6.6" && strings.Contains(body, secret) {
				t.Errorf("%s (%d) names %q", path, r.StatusCode, secret)
			}
		}
	}
	if r := b.Get("/"); !strings.Contains(r.Text, "acme/shop") || !strings.Contains(r.Text, "1 repository") {
		t.Error("grace does not see her own")
	}
	if r := b.Get("/p/dockerfile/docker.io/library/python"); !strings.Contains(r.Text, "1 pin in 1 repository") {
		t.Errorf("what others use is counted: %s", r.Text)
	}
	if r := b.Get("/p/requirements/secret-lib"); r.StatusCode != http.StatusNotFound {
		t.Errorf("the package of others is %d", r.StatusCode)
	}
}

// TestSignedOut: who is not signed in sees the help, the way in, badges of public repositories, and no difference.
func TestSignedOut(t *testing.T) {
	w := webtest.Neighbours(t)
	b := w.Browser()
	for _, path := range slices.Concat(lists, []string{"/r/acme/shop", "/r/evil/nothing", "/r/acme/open"}) {
		r := b.Get(path)
		switch {
		case path == "/about":
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s is %d", path, r.StatusCode)
			}
		case strings.HasPrefix(path, "/api/"):
			if r.StatusCode != http.StatusUnauthorized || r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s is %d %v", path, r.StatusCode, r.Header)
			}
		case r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/login"):
			t.Errorf("%s is %d, to %s", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	for path, want := range map[string]int{
		"/badge/acme/open.svg": 200, "/badge/acme/shop.svg": 404, "/badge/evil/nothing.svg": 404, "/badge/acme/open": 404, "/badge/acme/open.png": 404,
		"/nothing": 404, "/api/v1/openapi.json": 200, "/login": 200, "/robots.txt": 200, "/static/nothing.css": 404,
	} {
		if r := b.Get(path); r.StatusCode != want {
			t.Errorf("%s is %d, want %d", path, r.StatusCode, want)
		}
	}
}

// TestWhoMayDo checks that only authorised users can execute the actions of forms.
func TestWhoMayDo(t *testing.T) {
	pin, shop := webtest.OpenPin().ID, "/r/acme/shop"
	for _, test := range []struct {
		login, path string
		form        []string
		want        int
	}{
		{"grace", shop + "/scan", nil, 303},
		{"grace", shop + "/tick", []string{"pin", pin}, 303},
		{"grace", shop + "/tick", []string{"pin", pin, "take", "back"}, 303},
		{"grace", shop + "/tick", []string{"pin", "another"}, 409},
		{"grace", "/r/evil/secret/scan", nil, 404},
		{"grace", "/r/evil/secret/tick", []string{"pin", webtest.SecretPin().ID}, 404},
		{"grace", "/r/evil/nothing/scan", nil, 404},
		{"grace", "/jobs/stop", []string{"stop", "on"}, 403},
		{"grace", "/jobs/retry", []string{"job", "1502"}, 403},
		{"ned", shop + "/scan", nil, 403}, // may read, not write
		{"ned", shop + "/tick", []string{"pin", pin}, 403},
		{"Ada", "/r/evil/secret/scan", nil, 303},
		{"Ada", "/jobs/stop", []string{"stop", "on"}, 303},
		{"Ada", "/jobs/stop", []string{"stop", "perhaps"}, 404},
		{"Ada", "/jobs/retry", []string{"job", "1502"}, 303},
		{"Ada", "/jobs/retry", []string{"job", "-1"}, 404},
		{"Ada", "/jobs/retry", []string{"job", "x"}, 404},
		{"token", shop + "/scan", nil, 403},
		{"token", shop + "/tick", []string{"pin", pin}, 403},
		{"token", "/jobs/stop", []string{"stop", "on"}, 403},
		{"token", "/jobs/retry", []string{"job", "1502"}, 403},
		{"", shop + "/scan", nil, 303}, // to the door
		{"", "/jobs/stop", []string{"stop", "on"}, 303},
		{"token", "/vulnerable/dismiss", dismissal("GHSA-5ec7-5ec7-5ec7"), 403},
		{"grace", "/vulnerable/dismiss", dismissal("GHSA-5ec7-5ec7-5ec7"), 409}, // as if there were none
		{"grace", "/vulnerable/dismiss", dismissal("GHSA-none"), 409},
	} {
		w := webtest.Neighbours(t)
		b := w.Browser()
		switch test.login {
		case "":
		case "token":
			b.Token = webtest.ReadToken
		default:
			b = w.As(test.login)
		}
		r := b.Post(test.path, test.form...)
		if r.StatusCode != test.want {
			t.Errorf("%q: POST %s %v is %d, want %d", test.login, test.path, test.form, r.StatusCode, test.want)
		}
		done := w.Wants() != "" || w.Stopped() || len(w.Jobs.Retried()) > 0
		refused := test.want != 303 || test.login == ""
		takesBack := slices.Contains(test.form, "back")
		if done == refused && !takesBack {
			t.Errorf("%q: POST %s %v: done is %v", test.login, test.path, test.form, done)
		}
	}
}

// TestJobsAreForOperators: which jobs there are is for operators alone, and so is what can be done about them.
func TestJobsAreForOperators(t *testing.T) {
	w := webtest.Neighbours(t)
	token := w.Browser()
	token.Token = webtest.ReadToken
	for _, test := range []struct {
		name      string
		b         *webtest.Browser
		in, jobs  int
		seesRetry bool
	}{
		{"Ada", w.As("Ada"), 200, 200, true}, {"grace", w.As("grace"), 403, 403, false}, {"the token", token, 403, 200, false}, {"nobody", w.Browser(), 303, 303, false},
	} {
		if r := test.b.Get("/jobs/available"); r.StatusCode != test.in {
			t.Errorf("%s: /jobs/available is %d, want %d", test.name, r.StatusCode, test.in)
		}
		r := test.b.Get("/jobs")
		if r.StatusCode != test.jobs || strings.Contains(r.Text, "/jobs/retry") != test.seesRetry || strings.Contains(r.Text, `href="/jobs/available"`) != test.seesRetry {
			t.Errorf("%s: /jobs is %d, want %d", test.name, r.StatusCode, test.jobs)
		}
	}
}

// TestJobsIn: of the jobs in a state, those are given up that are not finished, and those tried again that wait or were given up.
func TestJobsIn(t *testing.T) {
	w := webtest.Neighbours(t)
	ada := w.As("Ada")
	for _, test := range []struct {
		state         string
		retry, cancel bool
	}{
		{"running", false, true}, {"available", false, true}, {"retryable", true, true}, {"scheduled", true, true},
		{"completed", false, false}, {"cancelled", true, false}, {"discarded", true, false},
	} {
		r := ada.Get("/jobs/" + test.state)
		if r.StatusCode != 200 || !strings.Contains(r.Text, "acme/&lt;i&gt;"+test.state) {
			t.Errorf("%s: %d %s", test.state, r.StatusCode, r.Text)
		}
		if strings.Contains(r.Text, `action="/jobs/retry"`) != test.retry || strings.Contains(r.Text, `action="/jobs/cancel"`) != test.cancel {
			t.Errorf("%s: it is not offered to retry (%v) and to give up (%v)", test.state, test.retry, test.cancel)
		}
	}
	for _, state := range []string{"pending", "nothing", "%3Cscript%3E"} {
		if r := ada.Get("/jobs/" + state); r.StatusCode != 404 || strings.Contains(r.Text, "<script>") {
			t.Errorf("%s: %d", state, r.StatusCode)
		}
	}
	r := ada.Send(http.MethodPost, "/jobs/cancel", map[string][]string{"job": {"1600"}}, "Sec-Fetch-Site", "same-origin")
	if r.StatusCode != http.StatusSeeOther || !slices.Equal(w.Jobs.Cancelled(), []int64{1600}) {
		t.Errorf("%d, given up: %v", r.StatusCode, w.Jobs.Cancelled())
	}
}

// TestForeignForms: a form that another site sends does nothing.
func TestForeignForms(t *testing.T) {
	w := webtest.Neighbours(t)
	b := w.As("Ada")
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, path := range []string{"/jobs/stop", "/r/acme/shop/scan", "/logout", "/login", "/jobs/cancel"} {
			if r := b.Send(http.MethodPost, path, map[string][]string{"stop": {"on"}}, from...); r.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %v is %d", path, from, r.StatusCode)
			}
		}
	}
	if w.Stopped() || w.Wants() != "" {
		t.Error("it was done")
	}
	if r := b.Send(http.MethodPost, "/jobs/stop", map[string][]string{"stop": {"on"}}, "Sec-Fetch-Site", "same-origin"); r.StatusCode != http.StatusSeeOther || !w.Stopped() {
		t.Errorf("our own form is refused: %d", r.StatusCode)
	}
}

// TestGettingDoesNothing: whatever changes something takes a POST.
func TestGettingDoesNothing(t *testing.T) {
	w := webtest.Neighbours(t)
	b := w.As("Ada")
	for _, path := range []string{"/jobs/stop?stop=on", "/jobs/retry?job=1502", "/r/acme/shop/scan", "/r/acme/shop/tick?pin=" + webtest.OpenPin().ID, "/logout"} {
		if r := b.Get(path); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" {
			t.Errorf("GET %s is %d, Allow: %s", path, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	for _, path := range []string{"/", "/r/acme/shop", "/runs", "/badge/acme/open.svg", "/api/v1/overview"} {
		if r := b.Post(path); r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s is %d", path, r.StatusCode)
		}
	}
	if w.Stopped() || w.Wants() != "" {
		t.Error("it was done")
	}
}
