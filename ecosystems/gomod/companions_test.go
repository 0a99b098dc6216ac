package gomod

import (
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

// TestLacks tells a go.sum that belongs to another go.mod (hostile F12).
func TestLacks(t *testing.T) {
	const mod = "module m.test/m\n\ngo 1.21\n\nrequire (\n\ta.test/m v1.0.1\n\tb.test/m v1.0.0 // indirect\n)\n"
	const sum = "a.test/m v1.0.1 h1:x=\na.test/m v1.0.1/go.mod h1:x=\nb.test/m v1.0.0/go.mod h1:x=\n"
	for _, c := range []struct {
		name     string
		mod, sum string // "" for no such file
		also     string
		want     string
	}{
		{"whole", mod, sum, "", ""},
		{"cut off between the two", mod, "a.test/m v1.0.0/go.mod h1:x=\nb.test/m v1.0.0/go.mod h1:x=\n", "", "go.sum lacks a.test/m v1.0.1"},
		{"empty", mod, "\n", "", "go.sum lacks a.test/m v1.0.1 and 1 more"},
		{"a name that ends in another one", mod, "xa.test/m v1.0.1/go.mod h1:x=\nb.test/m v1.0.0/go.mod h1:x=\n", "", "go.sum lacks a.test/m v1.0.1"},
		{"none, as where it is not tracked by git", mod, "", "", ""},
		{"replaced by a fork", mod + "\nreplace a.test/m => c.test/fork v1.2.0\n", sum, "", "go.sum lacks c.test/fork v1.2.0"},
		{"replaced by a folder", mod + "\nreplace a.test/m => ./a\n", "b.test/m v1.0.0/go.mod h1:x=\n", "", ""},
		{"in a workspace", mod, "\n", "go.work", ""},
		{"not readable", mod + "frobnicate\n", "\n", "", ""},
		{"a branch", "module m.test/m\n\nrequire a.test/m main\n", "\n", "", ""},
	} {
		repo := fstest.MapFS{"svc/go.mod": {Data: []byte(c.mod)}}
		if c.sum != "" {
			repo["svc/go.sum"] = &fstest.MapFile{Data: []byte(c.sum)}
		}
		if c.also != "" {
			repo[c.also] = &fstest.MapFile{}
		}
		if got := New(nil, nil).Lacks(repo, "svc/go.mod"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestFamily puts together what is released together.
func TestFamily(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"k8s.io/api", "k8s.io/client-go", true},
		{"go.opentelemetry.io/otel", "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp", true},
		{"google.golang.org/genproto", "google.golang.org/genproto/googleapis/rpc", true},
		{"github.com/a/b", "github.com/a/b/v2/sub", true},
		{"github.com/a/b", "github.com/a/c", false},
		{"github.com/a/b", "gitlab.com/a/b", false},
		{"golang.org/x/net", "golang.org/x/text", false},
		{"gitlab.com/group/app", "gitlab.com/group/app/v2", true},
		{"gitlab.com/group/app", "gitlab.com/group/lib", false},
		{"gitlab.com/group/sub/project-a", "gitlab.com/group/sub/project-b", false},
		{"gitlab.com/group/sub/project-a", "gitlab.com/other/sub/project-a", false},
		{"gitlab.com/group/sub/project-a", "gitlab.com/group/sub/project-a/v3", true},
		{"gitlab.com/group/sub/app.git", "gitlab.com/group/sub/app.git/api/v2", true},
		{"gitlab.example.com/group/sub/project-a", "gitlab.example.com/group/sub/project-b", false},
		{"codeberg.org/a/b", "codeberg.org/a/b/sub", true},
		{"gitea.com/a/b", "gitea.com/a/b/sub", true},
		{"gitea.com/a/b", "gitea.com/a/c", false},
		{"github.example.com/a/b.git", "github.example.com/a/b.git/sub", true},
		{"bitbucket.org/a/b", "bitbucket.org/a/b/sub", true},
		{"bitbucket.org/a/b", "bitbucket.org/a/c", false},
		{"git.sr.ht/~a/b", "git.sr.ht/~c/d", false},
		{"git.example.com/a.git", "git.example.com/a.git/sub", true},
		{"git.example.com/a.git", "git.example.com/b.git", false},
	} {
		e := New(nil, nil)
		if got := e.Family(ecosystems.Package{Kind: kind, Name: c.a}) == e.Family(ecosystems.Package{Kind: kind, Name: c.b}); got != c.same {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.same)
		}
	}
}
