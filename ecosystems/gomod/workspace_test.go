package gomod

import (
	"strings"
	"testing"
	"testing/fstest"
)

// Versions that stand for none: Renovate's gomod manager looks no placeholder up (renovate #41521);
// kubernetes/kubernetes requires the modules of its go.work at v0.0.0 without replacements.
func TestPlaceholders(t *testing.T) {
	const zero = "v0.0.0-00010101000000-000000000000"
	for _, c := range []struct{ name, work, data, want string }{
		{"a pseudo-version of nothing", "", "require a.b/c " + zero, "1:15 a.b/c " + zero + " replaced"},
		{"the same of a major version", "", "require a.b/c/v2 v2.0.0-00010101000000-000000000000", "1:18 a.b/c/v2 v2.0.0-00010101000000-000000000000 replaced"},
		{"a module of the workspace", "use ./staging/api\nuse ./app\n", "require k8s.io/api v0.0.0", "1:20 k8s.io/api v0.0.0 replaced"},
		{"of another path", "use ./staging/api\nuse ./app\n", "require k8s.io/apis v0.0.0", "1:21 k8s.io/apis v0.0.0"},
		{"a release that the workspace covers is moved for those who import the module", "use ./staging/api\nuse ./app\n", "require k8s.io/api v0.30.0", "1:20 k8s.io/api v0.30.0"},
		{"a workspace that does not use the module", "use ./staging/api\n", "require k8s.io/api v0.0.0", "1:20 k8s.io/api v0.0.0"},
		{"a workspace that leads out of the repository", "use ../../api\nuse ./app\n", "require k8s.io/api v0.0.0", "1:20 k8s.io/api v0.0.0"},
		{"a workspace that is not readable", "use (\n", "require k8s.io/api v0.0.0", "1:20 k8s.io/api v0.0.0"},
		{"no workspace", "", "require k8s.io/api v0.0.0", "1:20 k8s.io/api v0.0.0"},
	} {
		repo := fstest.MapFS{"app/go.mod": {Data: []byte(c.data)}, "staging/api/go.mod": {Data: []byte("module k8s.io/api // why\n")}}
		if c.work != "" {
			repo["go.work"] = &fstest.MapFile{Data: []byte("go 1.22\n" + c.work)}
		}
		deps, err := New(nil, nil).Extract(repo, "app/go.mod")
		if err != nil {
			t.Fatal(err)
		}
		if got := show(c.data, deps); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		for _, d := range deps {
			if strings.Contains(d.Skip.Text, "go.work") && !strings.Contains(d.Skip.Text, "staging/api") {
				t.Errorf("%s: %s", c.name, d.Skip.Text)
			}
		}
	}
}
