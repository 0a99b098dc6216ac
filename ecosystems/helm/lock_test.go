package helm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
)

// The dependencies of the chart kube-prometheus-stack of December 2021, and the
// digest that Helm wrote for them.
const (
	stack = `apiVersion: v2
name: kube-prometheus-stack
dependencies:
- name: kube-state-metrics
  version: "4.1.*"
  repository: https://prometheus-community.github.io/helm-charts
  condition: kubeStateMetrics.enabled
- name: prometheus-node-exporter
  version: "2.2.*"
  repository: https://prometheus-community.github.io/helm-charts
  condition: nodeExporter.enabled
- name: grafana
  version: "6.19.*"
  repository: https://grafana.github.io/helm-charts
  condition: grafana.enabled
`
	stackLock = `dependencies:
- name: kube-state-metrics
  repository: https://prometheus-community.github.io/helm-charts
  version: 4.1.1
- name: prometheus-node-exporter
  repository: https://prometheus-community.github.io/helm-charts
  version: 2.2.2
- name: grafana
  repository: https://grafana.github.io/helm-charts
  version: 6.19.0
digest: sha256:3437708289e2e35e8de7ac468e0d7fe2df43e2d459857b8855cc84cb18501832
generated: "2021-12-10T14:28:39.401354003+01:00"
`
)

// tree writes a chart and its lock, and returns the folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// moves returns moves from "NAME VERSION".
func moves(t *testing.T, dir, manifest string, lines ...string) (list []ecosystems.Move) {
	t.Helper()
	deps, err := New(nil, nil).Extract(os.DirFS(dir), manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, " ")
		for _, d := range deps {
			if v, ok := semver.Parse(text); ok && d.Name == name {
				list = append(list, ecosystems.Move{Dependency: d, To: ecosystems.Target{Version: v}})
			}
		}
	}
	return list
}

// A lock is renewed as Helm would, and belongs to its chart again.
func TestFinish(t *testing.T) {
	twice := "dependencies:\n- {name: a, version: 1.1.1, repository: 'https://x.io', alias: one, tags: [x, y], import-values: [data, {child: c, parent: p}]}\n- {name: a, version: 1.1.1, repository: 'https://x.io', alias: two}\n"
	twiceLock := "dependencies:\n- name: a\n  repository: https://x.io\n  version: 1.1.1\n- name: a\n  repository: https://x.io\n  version: 1.1.1\ndigest: DIGEST\n"
	for _, c := range []struct {
		manifest, lock string
		move           []string
		changed        []string // lines of both files that are other than before, in order
	}{
		{stack, stackLock, []string{"grafana 7.0.3"}, []string{`  version: "7.0.*"`, "  version: 7.0.3", "digest: …"}},
		{stack, stackLock, []string{"kube-state-metrics 4.2.7", "grafana 6.20.1"}, []string{`  version: "4.2.*"`, `  version: "6.20.*"`, "  version: 4.2.7", "  version: 6.20.1", "digest: …"}},
		{strings.ReplaceAll(stack, "\n", "\r\n"), strings.ReplaceAll(stackLock, "\n", "\r\n"), []string{"grafana 7.0.3"}, []string{`  version: "7.0.*"`, "  version: 7.0.3", "digest: …"}},
		{twice, twiceLock, []string{"a 1.2.0"}, nil},
	} {
		c.lock = sealed(t, c.manifest, c.lock)
		dir := tree(t, map[string]string{"Chart.yaml": c.manifest, "Chart.lock": c.lock})
		asked := moves(t, dir, "Chart.yaml", c.move...)
		e := New(nil, nil)
		if limit := e.Limit(asked[0].Dependency); limit != nil || !e.Finishes(asked[0].Dependency) {
			t.Fatalf("%q is held: %s", c.move, limit(asked[0].To.Version))
		}
		done, err := e.Finish(t.Context(), dir, "Chart.yaml", asked)
		if err != nil || len(done.Changes) != 2 {
			t.Fatalf("%q: %v, %v", c.move, done, err)
		}
		if _, err := readLock(os.DirFS(dir), "Chart.yaml"); err != nil {
			t.Errorf("%q: the lock is not that of the chart: %v", c.move, err)
		}
		if c.changed != nil {
			got := append(changed(c.manifest, string(done.Changes[0].Data)), changed(c.lock, string(done.Changes[1].Data))...)
			if strings.Join(got, "\n") != strings.Join(c.changed, "\n") {
				t.Errorf("%q changes\n%s\nwant\n%s", c.move, strings.Join(got, "\n"), strings.Join(c.changed, "\n"))
			}
		}
	}
}

// sealed puts the digest that belongs there in the place of DIGEST.
func sealed(t *testing.T, manifest, lock string) string {
	t.Helper()
	dir := tree(t, map[string]string{"Chart.yaml": manifest, "Chart.lock": lock})
	var parts [2][]*requirement
	for n, name := range []string{"Chart.yaml", "Chart.lock"} {
		in, err := open(os.DirFS(dir), name)
		if err != nil {
			t.Fatal(err)
		}
		if parts[n], err = dependencies(in.File); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := digest(parts[0], parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(lock, "DIGEST", sum, 1)
}

// changed returns the lines of a text that are other than before; digests are not shown.
func changed(before, after string) (list []string) {
	was := strings.Split(before, "\n")
	for n, line := range strings.Split(after, "\n") {
		if n >= len(was) || line != was[n] {
			line = strings.TrimRight(line, "\r")
			if strings.HasPrefix(line, "digest: sha256:") {
				line = "digest: …"
			}
			list = append(list, line)
		}
	}
	return list
}

// A lock that is not that of its chart, or not a regular file, is not touched, and neither is the chart.
func TestHostileLock(t *testing.T) {
	for _, c := range []struct{ lock, why string }{
		{strings.Replace(stackLock, "3437", "3438", 1), "its digest is not that of the dependencies"},
		{strings.Replace(stackLock, "4.1.1", "4.1.2", 1), "its digest is not that of the dependencies"},
		{"dependencies: 5\n", "Chart.lock is not as Helm has it"},
		{"dependencies: [null]\n", "Chart.lock has an empty dependency"},
		{"a: 1\n---\nb: 2\n", "Chart.lock is not one document"},
		{"", "Chart.lock is not one document"},
	} {
		dir := tree(t, map[string]string{"Chart.yaml": stack, "Chart.lock": c.lock})
		asked := moves(t, dir, "Chart.yaml", "grafana 7.0.3")
		_, err := New(nil, nil).Finish(t.Context(), dir, "Chart.yaml", asked)
		var no *ecosystems.Refusal
		if !errors.As(err, &no) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%q: %v, want %q", c.lock, err, c.why)
		}
		if is, _ := os.ReadFile(filepath.Join(dir, "Chart.yaml")); string(is) != stack {
			t.Errorf("%q: the chart was changed", c.lock)
		}
	}
	outside := tree(t, map[string]string{"Chart.lock": stackLock})
	dir := tree(t, map[string]string{"Chart.yaml": stack})
	if err := os.Symlink(filepath.Join(outside, "Chart.lock"), filepath.Join(dir, "Chart.lock")); err != nil {
		t.Skip(err)
	}
	if _, err := New(nil, nil).Finish(t.Context(), dir, "Chart.yaml", moves(t, dir, "Chart.yaml", "grafana 7.0.3")); err == nil {
		t.Error("it is written through a link")
	}
	if is, _ := os.ReadFile(filepath.Join(outside, "Chart.lock")); string(is) != stackLock {
		t.Error("a file outside was changed")
	}
}

// TestRealLocks: the digests that Helm wrote into real locks are those that are computed here.
func TestRealLocks(t *testing.T) {
	root := os.Getenv(ecosystemtest.CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", ecosystemtest.CorpusVariable)
	}
	read, proven := 0, 0
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		base := filepath.Base(name)
		if err != nil || base != "Chart.yaml" && base != "requirements.yaml" {
			return err
		}
		dir := os.DirFS(filepath.Dir(name))
		if _, err := fs.Stat(dir, lockName(base)); err != nil {
			return nil
		}
		read++
		if _, err := readLock(dir, base); err != nil {
			t.Logf("%s: %v", name, err)
			return nil
		}
		proven++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d locks are proven", proven, read)
	if read > 10 && proven*2 < read {
		t.Error("most are not: they are computed otherwise")
	}
}
