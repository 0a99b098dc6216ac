package hook_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/service/hook"
)

// A push of CNCF distribution; request and address name the registry.
const sum = "sha256:3da1996a8115d7616457760d9920b815241d0a03b34cf5f04e9a0b5e8b4c7a11"

func distributionEvent(action, request, address, repository, tag string) string {
	return fmt.Sprintf(`{"id":"320678d8-ca14-430f-8bb6-4ca139cd83f7","timestamp":"2026-03-09T14:44:26.402973972Z","action":%q,`+
		`"target":{"mediaType":"application/vnd.oci.image.index.v1+json","size":708,"digest":%q,"length":708,"repository":%q,"url":%q,"tag":%q},`+
		`"request":{"id":"6df24a34","addr":"192.0.2.4:46000","host":%q,"method":"PUT","useragent":"curl"},"actor":{},"source":{"addr":"r:5000","instanceID":"a53db899"}}`,
		action, sum, repository, address, tag, request)
}

func envelope(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

func harborNotice(kind, tag, resource string) string {
	return fmt.Sprintf(`{"type":%q,"occur_at":1586922308,"operator":"admin","event_data":{"resources":[{"digest":%q,"tag":%q,"resource_url":%q}],`+
		`"repository":{"date_created":1586922308,"name":"debian","namespace":"library","repo_full_name":"library/debian","repo_type":"public"}}}`,
		kind, sum, tag, resource)
}

const quayNotice = `{"name":"base","repository":"acme/base","namespace":"acme","docker_url":"quay.io/acme/base","homepage":"https://quay.io/repository/acme/base","updated_tags":["1.2","latest"]}`

func hubNotice(repo, tag string) string {
	return fmt.Sprintf(`{"callback_url":"https://registry.hub.docker.com/u/x/hook/1/","push_data":{"pushed_at":1417566161,"pusher":"bob","tag":%q},`+
		`"repository":{"comment_count":0,"name":"base","namespace":"acme","repo_name":%q,"repo_url":"https://hub.docker.com/r/x","star_count":0}}`, tag, repo)
}

func TestNotices(t *testing.T) {
	const host = "registry.example:5000"
	url := func(host, repo string) string { return "http://" + host + "/v2/" + repo + "/manifests/" + sum }
	image := func(name, tag, digest string) []event.Image {
		return []event.Image{{Name: name, Tag: tag, Digest: digest}}
	}
	push := func(request, address, repo, tag string) string {
		return envelope(distributionEvent("push", request, address, repo, tag))
	}
	for _, test := range []struct {
		name, body string
		want       []event.Image
	}{
		{"distribution", push(host, url(host, "team/app"), "team/app", "1.2"), image(host+"/team/app", "1.2", sum)},
		{"no address", push(host, "", "app", "1.2"), image(host+"/app", "1.2", sum)},
		{"no host of the request", push("", url(host, "app"), "app", "1.2"), image(host+"/app", "1.2", sum)},
		{
			"a proxy before it", push("10.0.0.5:5000", url("registry.example", "app"), "app", "1.2"),
			append(image("10.0.0.5:5000/app", "1.2", sum), image("registry.example/app", "1.2", sum)...),
		},
		{"no host at all", push("", "", "app", "1.2"), nil},
		{"upper case in the host", push("Registry.Example:5000", "", "app", "1.2"), image(host+"/app", "1.2", sum)},
		{"localhost", push("localhost:5000", "", "app", "1.2"), image("localhost:5000/app", "1.2", sum)},
		{"IPv6", push("[2001:db8::1]:5000", "", "app", "1.2"), image("[2001:db8::1]:5000/app", "1.2", sum)},
		{"upper case in the name", push(host, "", "App", "1.2"), nil},
		{"no manifest of an index counts", envelope(distributionEvent("push", host, "", "app", ""), distributionEvent("push", host, "", "app", "1")), image(host+"/app", "1", sum)},
		{"pulls, mounts, deletions", envelope(distributionEvent("pull", host, "", "app", "1"), distributionEvent("mount", host, "", "app", "1"), distributionEvent("delete", host, "", "app", "1")), nil},
		{"the same twice", envelope(distributionEvent("push", host, "", "app", "1"), distributionEvent("push", host, "", "app", "1")), image(host+"/app", "1", sum)},
		{"one bad, one good", envelope(distributionEvent("push", "evil host", "", "app", "1"), distributionEvent("push", host, "", "app", "1")), image(host+"/app", "1", sum)},
		{"no events", envelope(), nil},
		{"no target", envelope(`{"action":"push"}`), nil},
		{"Azure", distributionEvent("push", "acme.azurecr.io", "", "base", "1"), image("acme.azurecr.io/base", "1", sum)},
		{"Azure, a chart", distributionEvent("chart_push", "acme.azurecr.io", "", "base", "1"), nil},
		{"Azure tries out the address", `{"id":"b8a7","timestamp":"2026-03-01T23:14:01Z","action":"ping"}`, nil},

		{"Docker Hub", hubNotice("acme/base", "latest"), image("docker.io/acme/base", "latest", "")},
		{"Docker Hub's own", hubNotice("library/python", "3.6-slim"), image("docker.io/library/python", "3.6-slim", "")},
		{"Docker Hub's own, without library", hubNotice("python", "3.6-slim"), image("docker.io/library/python", "3.6-slim", "")},

		{"Harbor", harborNotice("PUSH_ARTIFACT", "9", "harbor.example/library/debian:9"), image("harbor.example/library/debian", "9", sum)},
		{"Harbor with a port", harborNotice("PUSH_ARTIFACT", "9", "harbor.example:8443/a/b/debian:9"), image("harbor.example:8443/a/b/debian", "9", sum)},
		{"Harbor, both tag and digest", harborNotice("PUSH_ARTIFACT", "9", "harbor.example/a/debian:9@"+sum), image("harbor.example/a/debian", "9", sum)},
		{"Harbor, untagged", harborNotice("PUSH_ARTIFACT", sum, "harbor.example/a/debian@"+sum), nil},
		{"Harbor, long ago", harborNotice("pushImage", "9", "harbor.example/library/debian:9"), image("harbor.example/library/debian", "9", sum)},
		{"Harbor, pulled", harborNotice("PULL_ARTIFACT", "9", "harbor.example/library/debian:9"), nil},
		{
			"Harbor as CloudEvents",
			`{"specversion":"1.0","id":"66e1","source":"/projects/1/webhook/policies/15","type":"harbor.artifact.pushed","datacontenttype":"application/json","time":"2026-04-03T06:34:50Z",` +
				`"data":{"resources":[{"digest":"` + sum + `","tag":"9","resource_url":"harbor.example/library/debian:9"}],"repository":{"repo_full_name":"library/debian"}},"operator":"harbor-jobservice"}`,
			image("harbor.example/library/debian", "9", sum),
		},
		{"Harbor as CloudEvents, scanned", `{"type":"harbor.scan.completed","data":{"resources":[{"tag":"9","resource_url":"harbor.example/a/b:9"}]}}`, nil},
		{"Harbor without event_data", `{"type":"QUOTA_EXCEED"}`, nil},

		{"Quay", quayNotice, append(image("quay.io/acme/base", "1.2", ""), image("quay.io/acme/base", "latest", "")...)},
		{
			"Quay, long ago", `{"repository":"acme/base","docker_url":"quay.io/acme/base","updated_tags":{"latest":"b750fe79269d","1.2":"b750fe79269d"}}`,
			append(image("quay.io/acme/base", "1.2", ""), image("quay.io/acme/base", "latest", "")...),
		},
		{"Quay, a build began", `{"build_id":"1","repository":"acme/base","docker_url":"quay.io/acme/base","docker_tags":["1"]}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := hook.Images([]byte(test.body))
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err := forgetest.CheckEvent(event.Event{Kind: event.ImagesPushed, Images: got}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoticesThatAreNone(t *testing.T) {
	deep := strings.Repeat(`{"data":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	many := strings.TrimSuffix(strings.Repeat(`"t",`, 100_001), ",")
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `"evil"`, `{"evil":1}`, deep, quayNotice + quayNotice,
		`{"events":{}}`, `{"events":[1]}`, `{"events":[{"target":7}]}`,
		`{"events":[` + strings.Repeat("{},", 100_000) + `{}]}`,
		`{"docker_url":"quay.io/acme/base","updated_tags":7}`,
		`{"docker_url":"quay.io/acme/base","updated_tags":["evil tag"]}`,
		`{"docker_url":"quay.io/acme/base","updated_tags":["evil\u0000"]}`,
		`{"docker_url":"quay.io/acme/base","updated_tags":["` + strings.Repeat("a", 129) + `"]}`,
		`{"docker_url":"https://quay.io/acme/base","updated_tags":["1"]}`,
		`{"docker_url":"quay.io/Evil/base","updated_tags":["1"]}`,
		`{"docker_url":"quay.io","updated_tags":["1"]}`,
		`{"docker_url":"quay.io/acme/base","updated_tags":[` + many + `]}`,
		hubNotice("acme/../evil", "1"), hubNotice("", "1"), hubNotice("acme/base", ""), hubNotice("Acme/Base", "1"), hubNotice("acme/base\x00", "1"),
		hubNotice(strings.Repeat("a", 300), "1"),
		`{"push_data":{"tag":"1"},"repository":"evil"}`, `{"push_data":{"tag":"1"}}`,
		harborNotice("PUSH_ARTIFACT", "9", "evil"), harborNotice("PUSH_ARTIFACT", "9", "/evil:9"),
		strings.Replace(harborNotice("PUSH_ARTIFACT", "9", "harbor.example/a/b:9"), sum, "sha256:evil", 1),
	} {
		images, err := hook.Images([]byte(body))
		if err == nil || images != nil {
			t.Errorf("%.200s: %v, want an error", body, images)
		} else if strings.Contains(err.Error(), "evil") {
			t.Errorf("%.200s: %q repeats what was sent", body, err)
		}
	}
}

// notify is a request of a registry.
func notify(path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest("POST", "/webhooks/registry"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/vnd.docker.distribution.events.v1+json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestRegistrySecret(t *testing.T) {
	escaped := "/" + url.PathEscape(regToken)
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"in the path", notify(escaped, quayNotice), 202},
		{"in the path as it is", notify("/"+regToken, quayNotice), 202},
		{"raw", notify("", quayNotice, "Authorization", regToken), 202},
		{"bearer", notify("", quayNotice, "Authorization", "Bearer "+regToken), 202},
		{"bearer in lower case", notify("/", quayNotice, "Authorization", "bearer  "+regToken), 202},
		{"a header of our own", notify("", quayNotice, "X-Freshpin-Token", regToken), 202},
		{"a wrong one beside it", notify(escaped, quayNotice, "Authorization", "Bearer other"), 202},

		{"none", notify("", quayNotice), 401},
		{"an empty one", notify("/", quayNotice, "Authorization", "Bearer ", "X-Freshpin-Token", ""), 401},
		{"half of it", notify("/"+url.PathEscape(regToken[:8]), quayNotice), 401},
		{"more than it", notify(escaped+"x", quayNotice), 401},
		{"in the query", notify("?secret="+url.QueryEscape(regToken), quayNotice), 401},
		{"basic", notify("", quayNotice, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("x:"+regToken))), 401},
		{"GitHub's", notify("", quayNotice, "Authorization", secret), 401},
		{"GitHub's, as a signature", notify("", quayNotice, "X-Hub-Signature-256", signed(secret, []byte(quayNotice))), 401},
		{"malformed", notify(escaped, `{`), 400},
		{"of no registry that is known", notify(escaped, `{"a":1}`), 400},
		{"of no interest", notify(escaped, envelope()), 202},
	} {
		b := newBook()
		w := send(hook.New(b.options()), test.r)
		checkLine(t, w)
		if w.Code != test.status || len(b.queued) > 0 && test.status != 202 {
			t.Errorf("%s: %d, queued %v; want %d", test.name, w.Code, b.queued, test.status)
		}
	}
}

// The same notification sent again is taken once; another push is another one,
// also where the registry does not say which or when.
func TestRegistryReplay(t *testing.T) {
	numbered := envelope(distributionEvent("push", "r:5000", "", "app", "1"))
	for _, test := range []struct {
		name, first, second string
		taken               int
	}{
		{"sent again", numbered, numbered, 1},
		{"pushed again", numbered, strings.Replace(numbered, "320678d8", "420678d8", 1), 2},
		{"Docker Hub, sent again", hubNotice("acme/base", "1"), hubNotice("acme/base", "1"), 1},
		{"Docker Hub, pushed again", hubNotice("acme/base", "1"), strings.Replace(hubNotice("acme/base", "1"), "1417566161", "1417566199", 1), 2},
		{"Harbor, sent again", harborNotice("PUSH_ARTIFACT", "9", "h.example/a/b:9"), harborNotice("PUSH_ARTIFACT", "9", "h.example/a/b:9"), 1},
		{"Quay never says", quayNotice, quayNotice, 2},
		{"events without a number", strings.Replace(numbered, `"id":"320`, `"no":"320`, 1), strings.Replace(numbered, `"id":"320`, `"no":"320`, 1), 2},
	} {
		for _, done := range []bool{false, true} {
			b := newBook()
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			o := b.options()
			o.Now = func() time.Time { now = now.Add(time.Second); return now }
			h := hook.New(o)
			for i, body := range []string{test.first, test.second} {
				w := send(h, notify("/"+regToken, body))
				if again := i == 1 && done && test.taken == 1; w.Code != 202 && !again || again && w.Code != 200 {
					t.Errorf("%s: %d", test.name, w.Code)
				}
				if done {
					b.done()
				}
			}
			if len(b.deliveries) != test.taken || len(b.queued) != test.taken {
				t.Errorf("%s: %d deliveries, %d queued, want %d", test.name, len(b.deliveries), len(b.queued), test.taken)
			}
		}
	}
}

func TestRegistryEvent(t *testing.T) {
	b := newBook()
	send(hook.New(b.options()), notify("/"+regToken, quayNotice))
	want := []event.Event{{Kind: event.ImagesPushed, Action: "push", Images: []event.Image{{Name: "quay.io/acme/base", Tag: "1.2"}, {Name: "quay.io/acme/base", Tag: "latest"}}}}
	if diff := cmp.Diff(want, b.events()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.noted = fmt.Errorf("no database")
	if w := send(hook.New(b.options()), notify("/"+regToken, quayNotice)); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, want 503 with Retry-After", w.Code)
	}
}
