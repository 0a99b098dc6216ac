package lifecycle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
)

// asked counts what a pass asks of a forge, and refuses writes while closed.
type asked struct {
	forge.Forge
	forge.Memory
	calls  []string
	closed *forge.Deferred
}

func (a *asked) Open(ctx context.Context, repo string) (*forge.Checkout, error) {
	a.calls = append(a.calls, "open")
	return a.Forge.Open(ctx, repo)
}

func (a *asked) Revisit(ctx context.Context, was forge.Checkout) (*forge.Checkout, error) {
	a.calls = append(a.calls, "revisit")
	return a.Forge.Open(ctx, was.Repo)
}

func (a *asked) PullRequests(ctx context.Context, repo string, known []int) ([]forge.PullRequest, error) {
	a.calls = append(a.calls, "pulls")
	return a.Forge.PullRequests(ctx, repo, known)
}

func (a *asked) Publish(ctx context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	a.calls = append(a.calls, "publish")
	if a.closed != nil {
		return forge.PullRequest{}, a.closed
	}
	return a.Forge.Publish(ctx, repo, c)
}

func (a *asked) Remember(ctx context.Context, repo string, data []byte, version string) error {
	a.calls = append(a.calls, "remember")
	return a.Memory.Remember(ctx, repo, data, version)
}

// watched returns a keeper over a repository, and what it asks of the forge.
func watched(t *testing.T, files map[string]string) (string, *lifecycle.Reconciler, *asked) {
	t.Helper()
	dir := repository(t, files)
	k := keeper(t, dir)
	a := &asked{Forge: k.Forge, Memory: k.Forge.(forge.Memory)}
	k.Forge = a
	return dir, k, a
}

// pass makes a pass and returns its report, what it did, and what it asked.
func pass(t *testing.T, k *lifecycle.Reconciler, a *asked, p lifecycle.Pass) (*lifecycle.Report, string, string) {
	t.Helper()
	a.calls = nil
	report, err := k.Pass(context.Background(), "shop", p)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, o := range report.Groups {
		did = append(did, string(o.What)+" "+o.Group)
	}
	return report, strings.Join(did, ", "), strings.Join(a.calls, " ")
}

func TestPassOfWhatIsSettled(t *testing.T) {
	dir, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7\n"})
	first, did, _ := pass(t, k, a, lifecycle.Pass{})
	if did != "opened requirements" || first.Settled == "" || first.Unchanged {
		t.Fatalf("first: %s, settled %q", did, first.Settled)
	}
	if first.Was.FS != nil || first.Was.Files != nil || first.Was.Branch != "main" {
		t.Errorf("what is kept of the repository: %+v", first.Was)
	}
	again := lifecycle.Pass{Was: first.Was, Settled: first.Settled}
	second, did, calls := pass(t, k, a, again)
	if did != "" || calls != "revisit" || !second.Unchanged || second.Settled != first.Settled {
		t.Fatalf("second: %q asked %q, unchanged %v", did, calls, second.Unchanged)
	}
	git(t, dir, "-c", "user.name=ada", "-c", "user.email=ada@localhost", "commit", "-q", "--allow-empty", "-m", "Moved")
	third, did, calls := pass(t, k, a, again)
	if did != "kept requirements" || !strings.HasPrefix(calls, "revisit pulls") || third.Unchanged {
		t.Fatalf("after a commit: %q asked %q", did, calls)
	}
}

// A plan that differs is as good a reason to look as a commit: something was
// ticked in the pages.
func TestPassTicked(t *testing.T) {
	_, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7.1\n"})
	first, did, _ := pass(t, k, a, lifecycle.Pass{})
	if did != "" {
		t.Fatal(did)
	}
	id := first.Plan.Items[0].ID
	_, did, _ = pass(t, k, a, lifecycle.Pass{Was: first.Was, Settled: first.Settled, Ticked: []string{id}})
	if did != "opened chosen/requirements/click" {
		t.Fatal(did)
	}
}

func TestPassObserves(t *testing.T) {
	_, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7\n"})
	report, did, calls := pass(t, k, a, lifecycle.Pass{Observe: true})
	if did != "" || calls != "open remember" {
		t.Fatalf("%q asked %q", did, calls)
	}
	if report.Plan == nil || report.Plan.Items[0].Status != "update" || report.Settled == "" {
		t.Errorf("the plan: %+v", report.Plan)
	}
	again, _, calls := pass(t, k, a, lifecycle.Pass{Observe: true, Was: report.Was, Settled: report.Settled})
	if !again.Unchanged || calls != "revisit" {
		t.Errorf("again: asked %q, unchanged %v", calls, again.Unchanged)
	}
	_, did, _ = pass(t, k, a, lifecycle.Pass{Was: report.Was, Settled: report.Settled})
	if did != "opened requirements" {
		t.Errorf("once it may propose: %q", did)
	}
}

func TestPassQuiet(t *testing.T) {
	dir, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7\n", "Dockerfile": "FROM python:3.6.1-slim\n"})
	quiet := lifecycle.Pass{Quiet: "it waits for Monday"}
	report, did, _ := pass(t, k, a, quiet)
	if did != "waiting dockerfile, waiting requirements" || report.Groups[0].Why != quiet.Quiet {
		t.Fatalf("%s: %s", did, report.Groups[0].Why)
	}
	if _, did, _ = pass(t, k, a, lifecycle.Pass{}); did != "opened dockerfile, opened requirements" {
		t.Fatal(did)
	}
	if _, did, _ = pass(t, k, a, quiet); did != "kept dockerfile, kept requirements" {
		t.Fatalf("quiet again: %s", did)
	}
	git(t, dir, "merge", "-q", "freshpin/requirements")
	writeFile(t, dir, "Dockerfile", "# changed\nFROM python:3.6.1-slim\n")
	if _, did, _ = pass(t, k, a, quiet); did != "updated dockerfile" {
		t.Fatalf("the same file changed on the base: %s", did)
	}
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	git(t, dir, "-c", "user.name=ada", "-c", "user.email=ada@localhost", "rm", "-q", name)
	if err := writeBytes(dir, name, text); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", name)
	git(t, dir, "-c", "user.name=ada", "-c", "user.email=ada@localhost", "commit", "-q", "-m", "Change "+name)
}

func TestPassPutOff(t *testing.T) {
	_, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7\n", "Dockerfile": "FROM python:3.6.1-slim\n"})
	until := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	a.closed = &forge.Deferred{Until: until, Why: "ten an hour"}
	report, did, calls := pass(t, k, a, lifecycle.Pass{})
	if did != "waiting dockerfile, waiting requirements" || report.Failed() {
		t.Fatalf("%s, failed %v", did, report.Failed())
	}
	if report.Later == nil || !report.Later.Until.Equal(until) || report.Settled != "" {
		t.Errorf("later %v, settled %q", report.Later, report.Settled)
	}
	if n := len(slices.DeleteFunc(strings.Fields(calls), func(c string) bool { return c != "publish" })); n != 2 {
		t.Errorf("%d groups were tried: %s", n, calls)
	}
	a.closed = nil
	if _, did, _ = pass(t, k, a, lifecycle.Pass{}); did != "opened dockerfile, opened requirements" {
		t.Error(did)
	}
}
