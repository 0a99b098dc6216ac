package updater_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// worldPlan makes the plan of a tree in memory on stand-ins for everything.
func worldPlan(t *testing.T, description string, tree fstest.MapFS) *plan.Plan {
	t.Helper()
	w, err := world.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	set := w.Start()
	t.Cleanup(w.Stop)
	t.Setenv("GOPROXY", set["GOPROXY"])
	t.Setenv("GOFLAGS", "")
	planner := &updater.Planner{
		Ecosystems: all.New(all.Options{
			HTTP: fetch.New(fetch.Options{}), Getenv: func(name string) string { return set[name] },
			Mirrors: map[string]string{"docker.io": strings.TrimPrefix(set["FRESHPIN_REGISTRY_MIRRORS"], "docker.io=")},
		}),
		Now: now,
	}
	if strings.Contains(description, "osv ") {
		client, err := advisory.NewClient(fetch.New(fetch.Options{}), set["FRESHPIN_OSV_URL"])
		if err != nil {
			t.Fatal(err)
		}
		planner.Advisories = client
	}
	p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// after returns a file with the edits of the plan made.
func after(t *testing.T, tree fs.FS, name string, p *plan.Plan) string {
	t.Helper()
	data, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	var edits []ecosystems.Edit
	for _, i := range p.Items {
		for _, e := range i.Edits {
			edits = append(edits, e.Edit)
		}
	}
	out, err := ecosystems.Apply(data, edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestRequirements is the table of semantics for requirements files.
func TestRequirements(t *testing.T) {
	for _, c := range []struct {
		line, releases, settings string
		current, safe, latest    string
		status                   plan.Status
		text                     string // after the update
	}{
		{"x==2.5.1", "2.5.1 2.5.3 2.6 3.1", "", "2.5.1", "2.5.3", "3.1", plan.Update, "x==2.5.3"},
		{"idna==2.5", "2.0 2.5 2.6 2.10 3.1", "", "2.5", "2.10", "3.1", plan.Update, "idna==2.10"},
		{"click==6.7", "6.6 6.7 6.7.1 7.0 8.1", "", "6.7", "6.7.1", "8.1", plan.Update, "click==6.7.1"},
		{"Flask>=0.12,<0.13", "0.12.5 0.13 1.0", "", "0.12.5", "0.12.5", "1.0", plan.Held, ""},
		{"Flask>=0.12,<0.13", "0.12.5 0.13 1.0", "allow: minor", "0.12.5", "0.12.5", "1.0", plan.Update, "Flask>=0.13,<0.14"},
		{"appdirs~=1.4.2", "1.4.4 1.5.0", "", "1.4.4", "1.4.4", "1.5.0", plan.Held, ""},
		{"appdirs~=1.4.2", "1.4.4 1.5.0", "allow: minor", "1.4.4", "1.4.4", "1.5.0", plan.Update, "appdirs~=1.5.0"},
		{"x==1.4.*", "1.4.9 1.5.0", "", "1.4.9", "1.4.9", "1.5.0", plan.Held, ""},
		{"x==1.4.*", "1.4.9 1.5.0", "allow: minor", "1.4.9", "1.4.9", "1.5.0", plan.Update, "x==1.5.*"},
		{"django>=3.2,<4", "3.2.25 4.2 5.1", "", "3.2.25", "3.2.25", "5.1", plan.Held, ""},
		{"django>=3.2,<4", "3.2.25 4.2 5.1", "allow: major", "3.2.25", "3.2.25", "5.1", plan.Update, "django>=3.2,<6"},
		{"x>=3,<4", "3.2.1 4.2 5.1", "allow: major", "3.2.1", "3.2.1", "5.1", plan.Update, "x>=5,<6"},
		{"y<=1.5.3", "1.5.3 1.5.7 1.6", "", "1.5.3", "1.5.7", "1.6", plan.Update, "y<=1.5.7"},
		{"numpy>=1.10", "1.10.1 2.1", "", "2.1", "2.1", "2.1", plan.Current, ""},
		{"numpy>=1.10", "1.10.1 2.1", "allow: major", "2.1", "2.1", "2.1", plan.Current, ""},
		{"certifi==2017.4.17", "2017.4.17 2017.11.5 2026.1.4", "", "2017.4.17", "2026.1.4", "2026.1.4", plan.Update, "certifi==2026.1.4"},
		{"Flask", "3.0.3", "", "", "", "3.0.3", plan.Skipped, ""},
		{"Flask", "3.0.3", "pin: true", "3.0.3", "", "3.0.3", plan.Update, "Flask>=3.0,<3.1"},
		{"x===1.4.1", "1.4.1 1.4.2", "", "1.4.1", "1.4.2", "1.4.2", plan.Update, "x===1.4.2"},
		{"x>=1.4,!=1.5.1,<1.6", "1.4.1 1.5.0 1.5.1", "", "1.5.0", "1.5.0", "1.5.0", plan.Current, ""},
		{"x == 1.4.1 ; python_version < '3' # why", "1.4.1 1.4.2", "", "1.4.1", "1.4.2", "1.4.2", plan.Update, "x == 1.4.2 ; python_version < '3' # why"},
		{"x[a,b]==1.4.1", "1.4.1 1.4.2!broken 1.4.3rc1", "", "1.4.1", "1.4.1", "1.4.1", plan.Current, ""}, // yanked, pre-release
		{"x==1.4.1rc1", "1.3.0 1.4.1rc1 1.4.1rc2 1.5.0rc1", "", "1.4.1rc1", "1.4.1rc2", "1.4.1rc2", plan.Update, "x==1.4.1rc2"},

		// Nothing but pre-releases was ever published (open-telemetry/opentelemetry-packaging#67).
		{"x==1.4.1rc1", "1.4.1rc1 1.4.1rc2 1.5.0rc1", "", "1.4.1rc1", "1.4.1rc2", "1.5.0rc1", plan.Update, "x==1.4.1rc2"},
		{"x==0.40b0", "0.40b0 0.41b0 0.48b0", "allow: minor", "0.40b0", "0.40b0", "0.48b0", plan.Update, "x==0.48b0"},
		{"x==0.40b0", "0.40b0 0.48b0", "", "0.40b0", "0.40b0", "0.48b0", plan.Held, ""},
		{"x>=0.40b0,<0.41", "0.40b0 0.40b1 0.48b0", "allow: minor", "0.40b1", "0.40b1", "0.48b0", plan.Update, "x>=0.40b0,<0.49"},
		{"x==1.0b1", "1.0b1 1.0b2 1.1.dev5 1.1a1.dev2", "allow: minor", "1.0b1", "1.0b2", "1.1a1.dev2", plan.Update, "x==1.0b2"}, // not from a beta to a nightly build
		{"x==1.1.dev5", "1.0b1 1.1.dev5 1.1.dev7", "", "1.1.dev5", "1.1.dev7", "1.1.dev7", plan.Update, "x==1.1.dev7"},
		{"x==0.40b0", "0.39!yanked 0.40b0 0.48b0", "allow: minor", "0.40b0", "0.40b0", "0.40b0", plan.Current, ""}, // a final release was published

		// Local labels (microsoft/onnxruntime-genai#1343, pytorch/pytorch.github.io#1255).
		{"torch==2.1.0", "2.1.0+cpu 2.1.2+cpu 2.5.1+cpu", "", "2.1.0", "2.1.2", "2.5.1", plan.Update, "torch==2.1.2"},
		{"torch==2.1.0", "2.1.0+cpu 2.1.0+cu118 2.1.2+cu118 2.1.3+cpu!bad", "", "2.1.0", "2.1.2", "2.1.2", plan.Update, "torch==2.1.2"},
		{"torch>=2.1,<2.2", "2.1.0+cpu 2.1.2+cpu 2.5.1+cpu", "allow: minor", "2.1.2", "2.1.2", "2.5.1", plan.Update, "torch>=2.5,<2.6"},
		{"torch~=2.1.0", "2.1.0+cpu 2.1.2+cpu", "", "2.1.2", "2.1.2", "2.1.2", plan.Current, ""},
		{"torch==2.1.0", "2.1.0 2.1.1 2.1.2+cpu", "", "2.1.0", "2.1.1", "2.1.1", plan.Update, "torch==2.1.1"}, // the index has something else
		{"torch==2.1.0", "2.0.0 2.1.0+cpu 2.1.2+cpu", "", "2.1.0", "2.1.2", "2.1.2", plan.Update, "torch==2.1.2"},
		{"torch==2.1.0+cu118", "2.1.0+cu118 2.1.2 2.1.2+cu121", "", "2.1.0+cu118", "2.1.0+cu118", "2.1.0+cu118", plan.Current, ""},

		// A pinned version that its index does not have (pytorch/pytorch.github.io#1060).
		{"torch==2.1.0+cu118", "2.1.0 2.1.2", "", "", "", "", plan.Failed, ""},
		{"torch==2.1.1", "2.1.0 2.1.2", "", "", "", "", plan.Failed, ""},
		{"torch===2.1.0", "2.1 2.1.2", "", "2.1.0", "2.1.2", "2.1.2", plan.Update, "torch===2.1.2"},
		{"torch==2.1.0+cu118", "2.1.0+cu118 2.1.1 2.1.1+cu118 2.1.2+cpu", "", "2.1.0+cu118", "2.1.1+cu118", "2.1.1+cu118", plan.Update, "torch==2.1.1+cu118"},
		{"x<1", "2.0", "", "", "", "", plan.Failed, ""},
	} {
		name, _, _ := strings.Cut(strings.FieldsFunc(c.line, func(r rune) bool { return strings.ContainsRune("=<>~![; ", r) })[0], " ")
		tree := fstest.MapFS{"requirements.txt": {Data: []byte(c.line + "\r\n")}, ".freshpin.yaml": {Data: []byte(c.settings)}}
		p := worldPlan(t, "pypi "+name+" "+c.releases, tree)
		i := only(t, p)
		if i.Current != c.current || i.Safe != c.safe || i.Latest != c.latest || i.Status != c.status {
			t.Errorf("%s of %s: %s, current %s safe %s latest %s (%s); want %s %s %s %s", c.line, c.releases, i.Status, i.Current, i.Safe, i.Latest, i.Reason.Text, c.status, c.current, c.safe, c.latest)
		}
		want := c.text
		if want == "" {
			want = c.line
		}
		if got := after(t, tree, "requirements.txt", p); got != want+"\r\n" {
			t.Errorf("%s with %q became %q, want %q", c.line, c.settings, got, want)
		}
	}
}

// TestPythonOfProject: what does not run on the project's Python is no candidate.
func TestPythonOfProject(t *testing.T) {
	const releases = "pypi click 7.0\npypi click 7.1 7.2 python=>=3.6\npypi click 7.3 8.0 python=>=3.10"
	for _, c := range []struct {
		name   string
		file   string
		text   string
		latest string
	}{
		{"unknown", "x", "", "8.0"},
		{"a Dockerfile", "Dockerfile", "FROM python:3.6\n", "7.2"},
		{".python-version before it", ".python-version", "3.11.4\n", "8.0"},
		{"runtime.txt", "runtime.txt", "python-3.9.1\n", "7.2"},
		{"pyproject.toml", "pyproject.toml", "[project]\nrequires-python = \">=3.8\"\n", "7.2"},
		{"the settings", ".freshpin.yaml", "python: '3.6'\n", "7.2"},
	} {
		tree := fstest.MapFS{"requirements.txt": {Data: []byte("click==7.0\n")}, c.file: {Data: []byte(c.text)}}
		p := worldPlan(t, releases+"\nimage library/python 3.6", tree)
		for _, i := range p.Items {
			if i.Dependency.Ecosystem == "requirements" && i.Latest != c.latest {
				t.Errorf("%s: latest %s, want %s", c.name, i.Latest, c.latest)
			}
		}
	}
}

// TestPythonOfLine: the Python that decides is that of the line: its marker, the
// header of its file, the project (renovatebot/renovate#26310,
// dependabot/dependabot-core#5300, #14137, #12047).
func TestPythonOfLine(t *testing.T) {
	const releases = "pypi n 1.21.5 1.21.6 python=>=3.7\npypi n 1.24.3 1.24.4 python=>=3.8\npypi n 1.24.5 2.0.1 2.0.2 python=>=3.9\npypi n 2.2.5 2.2.6 python=>=3.10\npypi n 2.3.0 python=>=3.11"
	const compiled = "#\n# This file is autogenerated by pip-compile with Python 3.8\n# by the following command:\n#\n#    pip-compile requirements.in\n#\n"
	for _, c := range []struct {
		name, project, before, after string
		held                         string
	}{
		{"each line of a universal file", "", "n==1.21.5; python_version < '3.8'\nn==1.24.3; python_version == '3.8'\nn==2.0.1; python_version == \"3.9\" and sys_platform == 'win32'\nn==2.2.5; python_version >= '3.10'", "n==1.21.6; python_version < '3.8'\nn==1.24.4; python_version == '3.8'\nn==2.0.2; python_version == \"3.9\" and sys_platform == 'win32'\nn==2.2.6; python_version >= '3.10'", ""},
		{"above the floor of the project", ">=3.8", "n==2.2.5; python_version >= '3.10'\nn==1.24.3; python_version < '3.10'", "n==2.2.6; python_version >= '3.10'\nn==1.24.4; python_version < '3.10'", ""},
		{"a patch of the line's Python", "", "n==2.0.1; python_full_version >= '3.9.2' and python_full_version < '3.10.0'", "n==2.0.2; python_full_version >= '3.9.2' and python_full_version < '3.10.0'", ""},
		{"compiled for another Python", ">=3.11", compiled + "n==1.24.3", compiled + "n==1.24.4", ""},
		{"what separates Python 3 from 2 bounds nothing", "", "n==2.2.5; python_version >= '3'\nm==1.0; python_version < '3'", "n==2.3.0; python_version >= '3'\nm==1.0; python_version < '3'", ""},
		{"no Python in the marker", "", "n==2.2.5; sys_platform == 'win32' or python_version < '3.7'", "n==2.3.0; sys_platform == 'win32' or python_version < '3.7'", ""},
		{"the oldest of the line on which the release in use runs", "", "n==1.24.3; python_version >= '3.6'", "n==1.24.4; python_version >= '3.6'", ""},
		{"another Python than the project's", "==3.11.*", "n==1.21.5; python_version < '3.8'\nn==2.2.5; python_version >= '3.8'", "n==1.21.6; python_version < '3.8'\nn==2.3.0; python_version >= '3.8'", ""},
		{"held with that sentence", ">=3.8", "n==1.24.4", "n==1.24.4", "2.3.0 requires Python >=3.11, and the project supports Python 3.8"},
		{"and with that of the marker", "", "n==1.21.6; python_version < '3.8'", "n==1.21.6; python_version < '3.8'", "2.3.0 requires Python >=3.11, and the line is for Python 3.7 and older"},
		{"and with that of the header", "", compiled + "n==1.24.4", compiled + "n==1.24.4", "2.3.0 requires Python >=3.11, and the file is compiled for Python 3.8"},
	} {
		tree := fstest.MapFS{
			"requirements.txt": {Data: []byte(c.before)}, "requirements.in": {Data: []byte("n")}, ".freshpin.yaml": {Data: []byte("allow: minor\n")},
			"pyproject.toml": {Data: []byte("[project]\nrequires-python = '" + c.project + "'\n")},
		}
		p := worldPlan(t, releases+"\npypi m 1.0", tree)
		if got := after(t, tree, "requirements.txt", p); got != c.after {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.after)
		}
		if i := p.Items[0]; c.held != "" && (i.Status != plan.Held || i.Reason.Code != ecosystems.Python || i.Reason.Text != c.held) {
			t.Errorf("%s: %s %q, want %q", c.name, i.Status, i.Reason.Text, c.held)
		}
	}
}

// TestGoModules: the rows of semantics for go.mod.
func TestGoModules(t *testing.T) {
	for _, c := range []struct {
		name, require, world, settings string
		safe, minor, latest, path      string
		status                         plan.Status
		after                          string
	}{
		{"patch", "example.com/m v1.2.3", "go example.com/m v1.2.3 v1.2.9 v1.3.0", "", "v1.2.9", "v1.3.0", "v1.3.0", "", plan.Update, "v1.2.9"},
		{"the next path over a gap", "example.com/m/v3 v3.1.0", "go example.com/m/v3 v3.1.0\ngo example.com/m/v5 v5.0.0 v5.1.0", "allow: major", "v3.1.0", "v3.1.0", "v5.1.0", "example.com/m/v5", plan.Held, ""},
		{"retracted", "example.com/m v1.2.3", "go example.com/m v1.2.3 v1.2.4\ngo example.com/m v1.2.5 retract=v1.2.5", "", "v1.2.4", "v1.2.4", "v1.2.4", "", plan.Update, "v1.2.4"},
		{"golang.org/x is a MAJOR line", "golang.org/x/m v0.1.0", "go golang.org/x/m v0.1.0 v0.2.0 v0.30.0", "", "v0.30.0", "v0.30.0", "v0.30.0", "", plan.Update, "v0.30.0"},
		{"a stable version never moves to a pre-release", "example.com/m v1.2.3", "go example.com/m v1.2.3 v1.2.4-rc.1", "", "v1.2.3", "v1.2.3", "v1.2.3", "", plan.Current, ""},
		{"a pre-release does", "example.com/m v1.2.4-rc.1", "go example.com/m v1.2.3 v1.2.4-rc.1 v1.2.4-rc.2 v1.2.4", "", "v1.2.4", "v1.2.4", "v1.2.4", "", plan.Update, "v1.2.4"},
		{"a pseudo-version to the next tag of its line", "example.com/m v0.0.0-20200101000000-0123456789ab", "go example.com/m v0.0.1@2021-01-01 v0.1.0@2022-01-01", "", "v0.0.1", "v0.1.0", "v0.1.0", "", plan.Update, "v0.0.1"},
		{"exclude", "example.com/m v1.2.3\nexclude example.com/m v1.2.4", "go example.com/m v1.2.3 v1.2.4", "", "v1.2.3", "v1.2.3", "v1.2.3", "", plan.Current, ""},
		{"zero-major", "example.com/m v0.12.1", "go example.com/m v0.12.1 v0.12.2 v0.13.0", "", "v0.12.2", "v0.13.0", "v0.13.0", "", plan.Update, "v0.12.2"},
		{"never patches", "example.com/m v1.2.0", "go example.com/m v1.1.0 v1.2.0 v1.3.0 v1.4.0", "", "v1.4.0", "v1.4.0", "v1.4.0", "", plan.Update, "v1.4.0"},
		{"indirect is not listed", "example.com/m v1.2.3 // indirect", "go example.com/m v1.2.3 v1.2.4", "", "", "", "", "", "", ""},
		{"indirect: true", "example.com/m v1.2.3 // indirect", "go example.com/m v1.2.3 v1.2.4", "indirect: true", "v1.2.4", "v1.2.4", "v1.2.4", "", plan.Update, "v1.2.4 // indirect"},
	} {
		text := "module example.com/main\r\n\r\nrequire " + c.require + "\r\n"
		tree := fstest.MapFS{"go.mod": {Data: []byte(text)}, ".freshpin.yaml": {Data: []byte(c.settings)}}
		p := worldPlan(t, c.world, tree)
		if c.status == "" {
			if len(p.Items) != 0 || p.Unlisted != 1 {
				t.Errorf("%s: %d items, %d unlisted", c.name, len(p.Items), p.Unlisted)
			}
			continue
		}
		i := only(t, p)
		if i.Safe != c.safe || i.Minor != c.minor || i.Latest != c.latest || i.LatestPackage != c.path || i.Status != c.status {
			t.Errorf("%s: %s safe %s minor %s latest %s %s (%s), want %s %s %s %s %s", c.name, i.Status, i.Safe, i.Minor, i.LatestPackage, i.Latest, i.Reason.Text, c.status, c.safe, c.minor, c.path, c.latest)
		}
		if got := after(t, tree, "go.mod", p); c.after != "" && !strings.Contains(got, " "+c.after+"\r\n") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
