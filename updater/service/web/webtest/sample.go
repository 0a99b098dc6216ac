package webtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// Now is the time of all tests.
var Now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// A release is a package that is really used, with versions that were really published.
type release struct {
	ecosystem, file, name, pkg string
	versions                   []string // oldest first
}

var releases = []release{
	{"dockerfile", "Dockerfile", "python", "docker.io/library/python", []string{"3.6.1-slim", "3.6.15-slim", "3.11.4-slim", "3.13.1-slim"}},
	{"dockerfile", "Dockerfile", "node", "docker.io/library/node", []string{"18.12.0-alpine", "18.20.8-alpine", "20.11.1-alpine", "24.4.0-alpine"}},
	{"dockerfile", "build/Dockerfile", "golang", "docker.io/library/golang", []string{"1.22.1-bookworm", "1.22.12-bookworm", "1.24.4-bookworm", "1.26.8-bookworm"}},
	{"dockerfile", "deploy/base/Dockerfile", "debian", "docker.io/library/debian", []string{"11.6-slim", "11.11-slim", "12.5-slim", "13.1-slim"}},
	{"dockerfile", "Dockerfile", "distroless/static-debian12", "gcr.io/distroless/static-debian12", []string{"nonroot"}},
	{"compose", "compose.yaml", "postgres", "docker.io/library/postgres", []string{"14.5", "14.19", "16.2", "18.0"}},
	{"compose", "compose.yaml", "redis", "docker.io/library/redis", []string{"6.2.6-alpine", "6.2.19-alpine", "7.2.4-alpine", "8.2.1-alpine"}},
	{"compose", "compose.yaml", "nginx", "docker.io/library/nginx", []string{"1.24.0-alpine", "1.24.0-alpine", "1.27.5-alpine", "1.29.1-alpine"}},
	{"compose", "deploy/compose.prod.yaml", "grafana/grafana", "docker.io/grafana/grafana", []string{"10.2.0", "10.2.9", "10.4.18", "12.1.0"}},
	{"compose", "deploy/compose.prod.yaml", "prom/prometheus", "docker.io/prom/prometheus", []string{"v2.45.0", "v2.45.6", "v2.55.1", "v3.5.0"}},
	{"compose", "deploy/compose.prod.yaml", "ghcr.io/dexidp/dex", "ghcr.io/dexidp/dex", []string{"v2.37.0", "v2.37.0", "v2.43.1", "v2.44.0"}},
	{"requirements", "requirements.txt", "requests", "requests", []string{"2.28.1", "2.28.2", "2.31.0", "2.32.5"}},
	{"requirements", "requirements.txt", "flask", "flask", []string{"2.2.2", "2.2.5", "2.3.3", "3.1.2"}},
	{"requirements", "requirements.txt", "django", "django", []string{"4.2.1", "4.2.24", "4.2.24", "5.2.6"}},
	{"requirements", "requirements.txt", "numpy", "numpy", []string{"1.24.2", "1.24.4", "1.26.4", "2.3.3"}},
	{"requirements", "requirements.txt", "pydantic", "pydantic", []string{"1.10.2", "1.10.24", "1.10.24", "2.11.9"}},
	{"requirements", "requirements-dev.txt", "pytest", "pytest", []string{"7.2.0", "7.2.2", "7.4.4", "8.4.2"}},
	{"requirements", "requirements-dev.txt", "black", "black", []string{"23.1.0", "23.1.0", "23.12.1", "25.9.0"}},
	{"requirements", "requirements.txt", "urllib3", "urllib3", []string{"1.26.5", "1.26.20", "1.26.20", "2.5.0"}},
	{"requirements", "requirements.txt", "jinja2", "jinja2", []string{"3.1.1", "3.1.6", "3.1.6", "3.1.6"}},
	{"gomod", "go.mod", "github.com/spf13/cobra", "github.com/spf13/cobra", []string{"v1.7.0", "v1.7.0", "v1.10.2", "v1.10.2"}},
	{"gomod", "go.mod", "golang.org/x/net", "golang.org/x/net", []string{"v0.10.0", "v0.10.0", "v0.62.0", "v0.62.0"}},
	{"gomod", "go.mod", "github.com/jackc/pgx/v4", "github.com/jackc/pgx/v4", []string{"v4.17.0", "v4.17.2", "v4.18.3", "v5.12.0"}},
	{"gomod", "go.mod", "github.com/prometheus/client_golang", "github.com/prometheus/client_golang", []string{"v1.16.0", "v1.16.0", "v1.25.0", "v1.25.0"}},
	{"gomod", "tools/go.mod", "google.golang.org/grpc", "google.golang.org/grpc", []string{"v1.55.0", "v1.55.1", "v1.84.0", "v1.84.0"}},
	{"gomod", "go.mod", "sigs.k8s.io/controller-runtime", "sigs.k8s.io/controller-runtime", []string{"v0.14.1", "v0.14.7", "v0.22.1", "v0.22.1"}},
}

// names are those of a typical organisation.
var names = strings.Fields(`
	acme/storefront acme/checkout acme/payments-gateway acme/inventory acme/search-indexer acme/recommendations acme/identity acme/sso-proxy
	acme/mailer acme/notifications acme/image-resizer acme/media-pipeline acme/etl-jobs acme/data-lake acme/ml-ranking acme/notebooks
	acme/infra-base-images acme/k8s-operators acme/ci-runners acme/terraform-modules acme/grafana-dashboards acme/prometheus-rules
	acme/docs-site acme/design-system acme/mobile-bff acme/public-api acme/partner-portal acme/billing-export acme/audit-log acme/feature-flags
	acme/legacy-monolith acme/warehouse-scanner acme/label-printer acme/chat-support acme/status-page acme/load-tests
	platform-team/golden-paths platform-team/service-template-with-a-rather-long-name-that-has-to-wrap-somewhere research/forecasting research/route-planner`)

// sample fills a database with some days of an organisation's life.
func sample(t testing.TB, db *database.DB, days ...int) {
	t.Helper()
	ctx := context.Background()
	if err := repositories.New(db).PutInstallation(ctx, store.Installation{ID: 7, Account: "acme", Since: Now.AddDate(0, -6, 0)}); err != nil {
		t.Fatal(err)
	}
	var list []store.Repository
	for n, name := range names {
		list = append(list, store.Repository{
			Name: name, ForgeID: int64(1000 + n), Installation: 7, Branch: "main", URL: "https://github.com/" + name, Private: n%3 == 1,
		})
	}
	if err := repositories.New(db).Put(ctx, list); err != nil {
		t.Fatal(err)
	}
	for n, name := range names {
		repo, err := repositories.New(db).ByName(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, ago := range days {
			live(t, db, repo, n, ago)
		}
	}
}

// live makes a repository be looked at, so many days ago.
func live(t testing.TB, db *database.DB, repo store.Repository, n, ago int) {
	t.Helper()
	ctx := context.Background()
	random := rand.New(rand.NewPCG(uint64(n), 7)) //nolint:gosec // the same ones every time
	repo.Looked = Now.AddDate(0, 0, -ago).Add(-time.Duration(random.IntN(7200)) * time.Second)
	f := store.Finished{Repository: repo, Whole: true}
	r := &f.Repository
	r.State, r.Commit, r.Enrolled = store.Proposing, fmt.Sprintf("%040x", n*7919+1), Now.AddDate(0, -5, 0)
	f.Run = store.Run{
		Repository: repo.ID, Job: int64(n + 1), Trigger: []string{"schedule", "push", "registry", "person"}[n%4], Commit: r.Commit, Began: repo.Looked,
		Took: time.Duration(300+random.IntN(9000)) * time.Millisecond, Outcome: "done", Reads: 1 + random.IntN(12), Lookups: random.IntN(30), Cached: random.IntN(80),
	}
	if n%11 == 10 {
		return // it waits for its first look
	}
	state(&f, n)
	f.Pins = somePins(random, 3+random.IntN(26), ago)
	if n%11 == 5 {
		p := &f.Pins[0]
		p.Alarm = "the sha256 of gosu-amd64 is 3a8ef022d82c… in the file, and the digest of GitHub's asset says 4c64d2b1b5e8…: the file was changed after it was published, or the checksum is wrong"
	}
	for i := range f.Pins {
		count(&r.Totals, f.Pins[i])
	}
	f.Run.Totals = r.Totals
	f.Run.Log = fmt.Sprintf("read %s at %s of main\npull request #42 kept (freshpin/requirements, 2 updates)\nhost registry.acme.example: 503 Service Unavailable\nfailed: compose.yaml:12 grafana/grafana: list tags of docker.io/grafana/grafana: 503 Service Unavailable\n%d pins looked at", repo.Name, r.Commit[:7], len(f.Pins))
	f.Pulls = somePulls(*r, f.Pins)
	if r.State != store.Proposing {
		f.Pulls = nil
	}
	if err := passes.New(db).Finish(ctx, f); err != nil {
		t.Fatal(err)
	}
	if ago == 0 {
		cron := []string{"", "0 6 * * 1"}[n%2]
		if err := passes.New(db).SetSchedule(ctx, repo.ID, cron, "Europe/Berlin", Now.Add(time.Duration(n+3)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

// state sets the state of the n-th repository and its findings.
func state(f *store.Finished, n int) {
	r := &f.Repository
	switch n % 11 {
	case 1:
		f.Findings = []store.Finding{
			{ID: "1", Rule: "dead-line", Level: "must", File: "deploy/base/Dockerfile", Line: 1, Text: "python:3.6: Python 3.6 has had no fixes since 2021-12-23 (https://devguide.python.org/versions/)"},
			{ID: "2", Rule: "data-store-published", Level: "should", File: "compose.yaml", Line: 12, Stage: "postgres", Text: "the port 5432 of postgres is published on all addresses of the host"},
		}
	case 3:
		r.State = store.Observed
	case 8:
		r.State, r.Why, f.Run.Outcome, f.Run.Error = store.Broken, `.freshpin.yaml:7: allow "mnor" is not patch, minor or major`, "broken", `.freshpin.yaml:7: allow "mnor" is not patch, minor or major`
	case 9:
		r.State, r.Why, f.Run.Outcome = store.Refused, "the repository is archived", "refused"
	}
}

// somePins returns pins of a file tree; the longer ago, the further behind.
func somePins(random *rand.Rand, many, ago int) []store.Pin {
	var list []store.Pin
	lines := map[string]int{}
	for range many {
		e := releases[random.IntN(len(releases))]
		behind := random.IntN(100) + ago/3
		lines[e.file] += 1 + random.IntN(9)
		p := store.Pin{Dependency: record.Dependency{
			ID: fmt.Sprintf("%s#%s:%s#%d", e.file, e.ecosystem, e.pkg, len(list)), File: e.file, Line: lines[e.file], Column: 6, Ecosystem: e.ecosystem,
			Name: e.name, Package: e.pkg, CurrentPublished: record.Time(Now.AddDate(-3, 0, -behind)),
		}}
		decide(&p, e.versions, behind, random)
		list = append(list, p)
	}
	sortPins(list)
	return list
}

func decide(p *store.Pin, v []string, behind int, random *rand.Rand) {
	newest := v[len(v)-1]
	p.Current, p.Safe, p.Minor, p.Latest, p.ReleaseLine = v[0], v[0], v[0], newest, strings.Join(strings.SplitN(v[0], ".", 3)[:min(2, strings.Count(v[0], ".")+1)], ".")
	p.Why = []string{
		fmt.Sprintf("214 versions of %s are published, 61 of which may matter to %q", p.Package, v[0]),
		"the newest of them: " + strings.Join(v, ", "),
		"line " + p.ReleaseLine + ": patches are proposed",
	}
	switch {
	case len(v) == 1:
		p.Pin, p.Status, p.ReasonCode, p.Reason, p.Latest = "nonroot", "skipped", "unpinned", "no version is written; digests: pin would add a digest", ""
		p.Digest = "sha256:" + strings.Repeat("0f1e2d3c", 8)
		return
	case behind < 38:
		p.Current, p.Safe, p.Minor, p.Status = newest, newest, newest, "current"
	case behind < 72 && v[1] != v[0]:
		p.Safe, p.Minor, p.Status, p.Band, p.Target.Version, p.Pull = v[1], v[2], "update", "patch", v[1], 40+len(p.Ecosystem)
		p.Libyears = 1.4
	case behind < 94:
		p.Safe, p.Minor, p.Status = v[0], v[2], "held"
		p.ReasonCode, p.Reason = "policy", fmt.Sprintf("%s is newer, but beyond the line %s; allow: major would propose it", newest, p.ReleaseLine)
		p.Libyears = 2.6
	default:
		p.Safe, p.Minor, p.Latest, p.Status, p.ReasonCode = "", "", "", "failed", "unreachable"
		p.Reason = fmt.Sprintf("list tags of %s: GET https://registry.acme.example/v2/%s/tags/list: 503 Service Unavailable", p.Package, p.Package)
	}
	p.Pin = p.Current
	if p.Ecosystem == "requirements" {
		p.Pin = "==" + p.Current
	}
	if p.Name == "urllib3" && p.Status != "current" {
		p.Advisories = []record.Advisory{{ID: "GHSA-v845-jxx5-vc9f", Severity: "high", Fixed: "1.26.17", Aliases: []string{"CVE-2023-43804"}}}
		p.Security = p.Status == "update"
	}
	if p.Name == "jinja2" && p.Status != "current" {
		p.Advisories = []record.Advisory{{ID: "GHSA-h75v-3vvj-5mfj", Severity: "MEDIUM", Fixed: "3.1.4"}}
	}
	if p.Name == "golang.org/x/net" && behind >= 72 {
		p.Advisories = []record.Advisory{{ID: "GO-2023-2102", Severity: "CRITICAL"}, {ID: "GO-2024-2687"}}
	}
	if p.Name == "python" && p.Status != "current" {
		p.Notes = []ecosystems.Note{{Code: "end-of-life", Text: "Python 3.6 has had no fixes since 23 December 2021"}}
	}
	if random.IntN(9) == 0 {
		p.Notes = []ecosystems.Note{{Code: "stale-line", Text: "the line " + p.ReleaseLine + " has had no release for two years"}}
	}
}

func sortPins(list []store.Pin) {
	for i := range list {
		for j := i; j > 0 && (list[j].File < list[j-1].File || list[j].File == list[j-1].File && list[j].Line < list[j-1].Line); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

func count(t *store.Totals, p store.Pin) {
	t.Pins++
	switch p.Status {
	case "current":
		t.Current++
	case "update":
		t.Updates++
	case "held":
		t.Held++
	case "skipped":
		t.Skipped++
	case "failed":
		t.Failed++
	}
	if len(p.Advisories) > 0 {
		t.Security++
	}
	t.Libyears += p.Libyears
}

// somePulls returns the pull requests that move the pins, and one of earlier days.
func somePulls(repo store.Repository, pins []store.Pin) []store.Pull {
	list := []store.Pull{}
	for _, p := range pins {
		found := false
		for i := range list {
			if list[i].Number == p.Pull {
				list[i].Updates, found = list[i].Updates+1, true
			}
		}
		if p.Pull != 0 && !found {
			list = append(list, store.Pull{
				Number: p.Pull, URL: fmt.Sprintf("%s/pull/%d", repo.URL, p.Pull), Title: "Update " + p.Name + " to " + p.Target.Version + " and others in " + p.File,
				Branch: "freshpin/" + p.Ecosystem, State: "open", Updates: 1, Outcome: "unchanged", Security: p.Security,
				Checks: []string{"passed", "failed", "running", "none", ""}[int(repo.ID)%5], Mergeable: []string{"yes", "conflict", "blocked", ""}[int(repo.ID)%4],
				Review: []string{"", "required", "changes", "approved"}[int(repo.ID)%4], Opened: repo.Looked.AddDate(0, 0, -3), Changed: repo.Looked,
			})
		}
	}
	return list
}

// dismissSome dismisses the findings of one repository.
func dismissSome(t testing.TB, w *World) {
	t.Helper()
	list, err := advisories.New(w.DB).List(t.Context(), store.Viewer{All: true}, 0)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d findings, %v", len(list), err)
	}
	m := store.Dismissal{Reason: "only the tests of the repository use it", By: "Ada", Until: Now.AddDate(0, 1, 0)}
	if err := advisories.New(w.DB).Dismiss(t.Context(), list[0], m); err != nil {
		t.Fatal(err)
	}
}

// Grown is a world in which an organisation has lived for some months.
func Grown(t testing.TB, change ...func(*web.Options)) *World {
	w := New(t, change...)
	sample(t, w.DB, 85, 70, 58, 41, 30, 19, 8, 0)
	dismissSome(t, w)
	w.Door.Lets("grace", []int64{1000, 1001, 1002, 1003}, []int64{1000, 1001})
	w.Problems = []web.Problem{{What: "registry.acme.example", Why: "GET https://registry.acme.example/v2/: 503 Service Unavailable", Since: Now.Add(-18 * time.Minute)}}
	return w
}
