package requirements

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
)

const sha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func ecosystem() *Ecosystem {
	return New(pypi.New(fetch.New(fetch.Options{}), pypi.Indexes{}, func(host string) bool { return host == "ok.example" }), nil)
}

// show prints a dependency in one line: name, pin, the bytes of its place, its skip code.
func show(src string, d ecosystems.Dependency) string {
	out := fmt.Sprintf("%s %q at %q", d.Name, d.Pin.Text, src[d.At[0].Start:d.At[0].End])
	if !d.Skip.IsZero() {
		out += " " + d.Skip.Code
	}
	if d.Ignored {
		out += " (ignored)"
	}
	return out
}

func read(t *testing.T, src string) []string {
	deps, err := ecosystem().Extract(fstest.MapFS{"requirements.txt": {Data: []byte(src)}}, "requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range deps {
		out = append(out, show(src, d))
	}
	return out
}

func TestExtract(t *testing.T) {
	for _, c := range []struct{ src, want string }{ // want: lines of show, joined by " ; "
		// How lines are made (pip, tests/unit/test_req_file.py).
		{"\xef\xbb\xbfa==1\r\nb==2\rc==3\u2028d==4", `a "==1" at "==1" ; b "==2" at "==2" ; c "==3" at "==3" ; d "==4" at "==4"`},
		{"req1 \\\n# comment \\\nreq2\n", `req1 "" at "req1" unpinned ; req2 "" at "req2" unpinned`},
		{"req1\\\n# comment", `req1 "" at "req1" unpinned`},
		{"a>=1.0,\\\n  <2.0", `a ">=1.0,  <2.0" at ">=1.0,\\\n  <2.0"`},
		{"a==1.0 # freshpin: ignore\nb==1 # freshpin:ignored\nc==1#x", `a "==1.0" at "==1.0" (ignored) ; b "==1" at "==1" ; c==1#x "" at "c==1#x" malformed`},
		{"last \\", `last "" at "last" unpinned`},

		// PEP 508.
		{"Foo.Bar[a,b-c] (>=1, <2) ; python_version < '3'", `Foo.Bar ">=1, <2" at ">=1, <2"`},
		{"foo [x] == 3.2.1", `foo "== 3.2.1" at "== 3.2.1"`},
		{"a;python_version<'3'", `a "" at "a" unpinned`},
		{"a @ https://user:secret@h/a-1.0.whl", `a "" at "a" url`},
		{"a@file:///tmp/a", `a "" at "a" url`},
		{"A==1.0.*,!=1.0.3", `A "==1.0.*,!=1.0.3" at "==1.0.*,!=1.0.3"`},
		{"a===1.0;extra=='x'", `a "===1.0" at "===1.0"`},
		{"a==${A_VERSION}", `a "==${A_VERSION}" at "==${A_VERSION}" variable`},

		// What is no requirement fails alone.
		{"req1 req2\nok==1", `req1 "" at "req1 req2" malformed ; ok "==1" at "==1"`},
		{"my-package=1.0", `my-package=1.0 "" at "my-package=1.0" malformed`},
		{"{{ name }}==1\n<<<<<<< HEAD\nok==1", `{{ name }}==1 "" at "{{ name }}==1" variable ; <<<<<<< "" at "<<<<<<< HEAD" malformed ; ok "==1" at "==1"`},
		{"--bogus=secret\nok==1 --nonsense", `--bogus "" at "--bogus=secret" malformed ; ok==1 "" at "ok==1 --nonsense" malformed`},
		{"pytz==2013x", `pytz==2013x "" at "pytz==2013x" malformed`},

		{"a==1 ; python_version < 3", `a==1 "" at "a==1 ; python_version < 3" malformed`}, // no quotes
		{"a==1;;os_name=='x'\nb;\nc;'a' not in  extra and(os.name=='x'or('y'in os_name))", `a==1;;os_name=='x' "" at "a==1;;os_name=='x'" malformed ; b "" at "b" unpinned ; c "" at "c" unpinned`},
		{"a;(os_name=='x'\nb;os_name=='x')\nc;os_name", `a;(os_name=='x' "" at "a;(os_name=='x'" malformed ; b;os_name=='x') "" at "b;os_name=='x')" malformed ; c;os_name "" at "c;os_name" malformed`},

		// Elsewhere than an index.
		{"git+https://u:secret@github.com/x/y.git@v1#egg=Y", `Y "" at "git+https://u:secret@github.com/x/y.git@v1#egg=Y" url`},
		{"-e git+https://u:secret@h/x/y.git@v1", `y.git "" at "-e git+https://u:secret@h/x/y.git@v1" url`},
		{"--editable=.\n-e ./lib[x]\n./a-1.0.whl\nb-1.0.tar.gz\n../c", `. "" at "--editable=." path ; lib[x] "" at "-e ./lib[x]" path ; a-1.0.whl "" at "./a-1.0.whl" path ; b-1.0.tar.gz "" at "b-1.0.tar.gz" path ; c "" at "../c" path`},
		{"https://user:secret@host", `host "" at "https://user:secret@host" url`},
		{"://", `an address "" at "://" url`},
		{"https://h/x.zip", `x.zip "" at "https://h/x.zip" url`},

		// Options.
		{"--pre\n--no-binary :all:\n--trusted-host h\n--require-hashes\n-f ./wheels\na==1 --global-option=\"x y\" --config-settings k=v", `a "==1" at "==1"`},
		{"-r missing.txt\n-c ../../etc/passwd\n-r https://h/x.txt", `missing.txt "" at "-r missing.txt" path ; passwd "" at "-c ../../etc/passwd" path ; x.txt "" at "-r https://h/x.txt" url`},
		{"\xff\xfea\x00", `requirements.txt "" at "" unsupported`},
	} {
		if got := strings.Join(read(t, c.src), " ; "); got != c.want {
			t.Errorf("Extract(%q)\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestIndexes(t *testing.T) {
	for _, c := range []struct{ src, key, skip string }{
		{"a==1", "", ""},
		{"a==1\n-i https://pypi.org/simple/", "", ""},
		{"-i https://pypi.python.org/simple/\na==1", "", ""}, // the default of pip 9, as pip-compile wrote it into files
		{"--index-url http://pypi.python.org/simple\n--extra-index-url https://ok.example/x\na==1", "https://pypi.org/simple\nhttps://ok.example/x", ""},
		{"-i https://pypi.python.org.evil.example/simple\na==1", "", "index-not-allowed"},
		{"-i https://u:p@ok.example/simple\na==1", "https://ok.example/simple#login-1", ""},
		{"-i https://${USER}:${TOKEN}@ok.example/simple\na==1", "https://ok.example/simple", ""},
		{"--extra-index-url=https://ok.example/x\na==1", "https://pypi.org/simple\nhttps://ok.example/x", ""},
		{"-i https://pypi.org/simple\n-i https://ok.example/y\na==1", "https://ok.example/y", ""},
		{"-f https://ok.example/links.html\na==1", "links:https://ok.example/links.html\nhttps://pypi.org/simple", ""},
		{"-i https://evil.example/simple\na==1", "", ecosystems.IndexNotAllowed},
		{"a\n--extra-index-url https://evil.example/simple", "", ecosystems.IndexNotAllowed},
		{"-i https://ok.example.evil.example/\na==1", "", ecosystems.IndexNotAllowed},
		{"-i https://${HOST}/simple\na==1", "", ecosystems.IndexNotAllowed},
		{"-i https://ok.example/${REPO}/simple\na==1", "", ecosystems.IndexNotAllowed},
		{"-i ./local\na==1", "", ecosystems.IndexNotAllowed},
		{"-f https://evil.example/\na==1", "", ecosystems.IndexNotAllowed},
		{"--no-index\n-f ./wheels\na==1", "", ecosystems.Unsupported},
		// What pip passes over hides no index; what is not readable may name one.
		{"-i https://evil.example/simple extra\na==1", "", ecosystems.IndexNotAllowed},
		{"extra -i https://evil.example/simple\n", "", ""}, // options of a requirement are no options of the file
		{"--pre - -i https://evil.example/simple -- -x\na==1", "", ecosystems.IndexNotAllowed},
		{"--pre -- -i https://evil.example/simple\na==1", "", ""},
		{"-i https://ok.example/y extra\na==1", "https://ok.example/y", ""},
		{"--bogus -i https://evil.example/simple\na==1", "", ecosystems.IndexNotAllowed},
		{"-i 'https://ok.example/simple\na==1", "", ecosystems.IndexNotAllowed},
		{"--bogus\na==1", "", ""},
	} {
		deps, err := ecosystem().Extract(fstest.MapFS{"requirements.txt": {Data: []byte(c.src)}}, "requirements.txt")
		if err != nil || len(deps) == 0 {
			t.Fatalf("%q: %v, %v", c.src, deps, err)
		}
		if d := deps[len(deps)-1]; d.Package.Index != c.key || d.Skip.Code != c.skip && d.Skip.Code != ecosystems.Unpinned {
			t.Errorf("%q: index %q, skip %q; want %q, %q", c.src, d.Package.Index, d.Skip.Code, c.key, c.skip)
		}
	}
}

// TestIncludes: a file that does not match by itself is followed; one that does
// gives its options only, and takes those of the file that includes it.
func TestIncludes(t *testing.T) {
	repo := fstest.MapFS{
		"requirements.txt":      {Data: []byte("-r base.txt\n-c requirements/dev.txt\n-r ../outside.txt\na==1\n")},
		"base.txt":              {Data: []byte("-r requirements.txt\nb==2\n--extra-index-url https://ok.example/simple\n")},
		"requirements/dev.txt":  {Data: []byte("c==3\n-r ../requirements.txt")},
		"requirements/else.txt": {Data: []byte("d==4")},
	}
	for file, want := range map[string]string{
		"requirements.txt":      "b@base.txt ../outside@requirements.txt a@requirements.txt private",
		"requirements/dev.txt":  "c@requirements/dev.txt private",
		"requirements/else.txt": "d@requirements/else.txt ",
	} {
		deps, err := ecosystem().Extract(repo, file)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		private := ""
		for _, d := range deps {
			if d.Name == "outside.txt" {
				d.Name = "../outside"
			}
			words = append(words, d.Name+"@"+d.At[0].File)
			if d.Package.Index != "" {
				private = "private"
			}
		}
		if got := strings.Join(append(words, private), " "); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// TestEdit holds the table of semantics.md and the rows of other tools that it agrees with.
func TestEdit(t *testing.T) {
	for _, c := range []struct{ line, to, want string }{
		{"x==2.5.1", "2.5.3", "x==2.5.3"},
		{"idna==2.5", "2.10", "idna==2.10"},
		{"Flask>=0.12,<0.13", "0.13", "Flask>=0.13,<0.14"},
		{"Flask>=0.12,<0.13", "0.12.5", "Flask>=0.12,<0.13"},
		{"appdirs~=1.4.2", "1.5.0", "appdirs~=1.5.0"},
		{"x==1.4.*", "1.5.0", "x==1.5.*"},
		{"django>=3.2,<4", "5.1", "django>=3.2,<6"},
		{"y<=1.5.3", "1.5.7", "y<=1.5.7"},
		{"numpy>=1.10", "2.1", "numpy>=1.10"},
		{"Flask", "3.0.3", "Flask>=3.0,<3.1"},
		{"Flask[async] ; python_version > '3'  # x", "3.0.3", "Flask[async]>=3.0,<3.1 ; python_version > '3'  # x"},
		{"certifi", "2026.1.4", "certifi>=2026.1,<2026.2"},
		{"x ( < 1.5 , >= 1.4 )", "1.7.2", "x ( < 1.8 , >= 1.7 )"},
		{"x>=1,<2", "3.1", "x>=3,<4"},
		{"x>=1.4.0,<1.5.0", "1.6.2", "x>=1.6.0,<1.7.0"},
		{"x>=1.4.2,<1.5", "1.6.2", "x>=1.4.2,<1.7"},
		{"x>=1.4,!=1.4.3,<1.5", "1.6.2", "x>=1.6,!=1.4.3,<1.7"},
		{"x>1.4,<1.5", "1.6.2", "x>1.4,<1.7"},
		{"x>=1.2.3,<2.0.0", "3.1.4", "x>=1.2.3,<4.0.0"},
		{"x===1.0.3", "1.2.3", "x===1.2.3"},
		{"x == v1.0  # pinned", "1.2", "x == 1.2  # pinned"},
		{"x~=7.2", "8.0.1", "x~=8.0"},       // renovate pep440 getNewValue
		{"x~=7.2.0", "8.2", "x~=8.2.0"},     // the same
		{"x<1.2.2.3", "1.2.3", "x<1.2.3.1"}, // the same
		{"x<1", "1.2.3", "x<2"},
		{"x~=1.1.0, !=1.1.1", "1.2.3", "x~=1.2.3, !=1.1.1"},
		{"x==3.2.*,>=3.2.2", "4.1.1", "x==4.1.*,>=3.2.2"},
		{"x>=1.0,<4.dev0", "5.1", "x>=1.0,<6.dev0"},
		{"x==1.0,<2", "3.1", "x==3.1,<4"},
		{"x<1!2", "1!3.4", "x<1!4"},
		{"torch==2.0.1+cu118", "2.1.0+cu118", "torch==2.1.0+cu118"},
		{"x>=1.0,\\\n  <1.1", "1.2.1", "x>=1.2,\\\n  <1.3"},
		{"x==1.0rc1", "1.0", "x==1.0"},
		{"x!=1.5", "2.0", "x!=1.5"},
	} {
		if got := edited(t, c.line, c.to); got != c.want {
			t.Errorf("%q to %s = %q, want %q", c.line, c.to, got, c.want)
		}
	}
}

// edited moves the only dependency of a file.
func edited(t *testing.T, src, to string, hashes ...string) string {
	t.Helper()
	e := ecosystem()
	deps, err := e.Extract(fstest.MapFS{"requirements.txt": {Data: []byte(src)}}, "requirements.txt")
	if err != nil || len(deps) != 1 {
		t.Fatalf("%q: %v, %v", src, deps, err)
	}
	v, _ := pep440.Parse(to)
	edits, err := e.Edit(deps[0], ecosystems.Target{Version: v, Hashes: hashes})
	if err != nil {
		return err.Error()
	}
	out, err := ecosystems.Apply([]byte(src), edits)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func TestHashes(t *testing.T) {
	old, a, b := "sha256:"+sha, "sha256:aa", "sha256:bb"
	for _, c := range []struct{ src, want string }{
		{"x==1 \\\r\n    --hash=" + old + " \\\r\n    --hash=" + old + "\r\n    # via y\r\n", "x==2 \\\r\n    --hash=" + a + " \\\r\n    --hash=" + b + "\r\n    # via y\r\n"},
		{"x==1 \\\n\t--hash " + old, "x==2 \\\n\t--hash " + a + " \\\n\t--hash " + b},
		{"x==1 --hash=" + old + " # c", "x==2 --hash=" + a + " --hash=" + b + " # c"},
		{"x==1 ; os_name=='nt' --hash=sha512:ff --hash=md5:0 --global-option=x", "x==2 ; os_name=='nt' --hash=" + a + " --hash=" + b + " --global-option=x"},
	} {
		if got := edited(t, c.src, "2", a, b); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.src, got, c.want)
		}
	}
	if got, want := edited(t, "x==1 --hash="+old, "2"), "the index does not tell the hashes of every file of 2"; got != want {
		t.Errorf("without hashes: %q, want %q", got, want)
	}
}

// target is a version that nothing admits yet.
func target(ecosystems.Dependency) ecosystems.Target {
	v, _ := pep440.Parse("99.7.3")
	return ecosystems.Target{Version: v, Hashes: []string{"sha256:" + sha}}
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, ecosystem(), target) }

func TestContract(t *testing.T) {
	ecosystemtest.Edits(t, ecosystem(), "requirements.txt", "\xef\xbb\xbf# x\r\na==1.0 \\\r\n  --hash=sha256:"+sha+"\r\nB[x]>=1,<2;os_name=='nt'\r\nb>=1,<2\rc\n\nd (~=1.4.2)\ne<=3 # y\n-e .\n===\nf==1.*", target)
	ecosystemtest.EditsIn(t, ecosystem(), map[string]string{"requirements.txt": "-r base.txt\na==1", "base.txt": "b==2\nc>=1,<2"}, "requirements.txt", target)
}

func TestRuntime(t *testing.T) {
	poetry := "[tool.poetry.dependencies]\npython = \"^3.8\"\n"
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{".python-version": "# x\npypy3.9-7.3\n3.11.4\n", "runtime.txt": "python-3.6.1"}, "3.9"}, // pyenv's python is the first
		{map[string]string{".python-version": "my-venv\ncpython-3.12.1-linux-x86_64-gnu\n"}, "3.12.1"},             // uv's own names
		{map[string]string{".python-version": "miniconda3-4.7.12\n"}, "docker"},
		{map[string]string{".tool-versions": "nodejs 18.1.0\npython 3.8.10 2.7.18 # both\n", "runtime.txt": "python-3.6.1"}, "3.8.10"},
		{map[string]string{".tool-versions": "python system\npython-build 3.7.1\n"}, "docker"},
		{map[string]string{"Pipfile": "[packages]\npython_version = \"3.5\"\n[requires]\npython_version = \"3.8\" # why\n"}, "3.8"},
		{map[string]string{"Pipfile": "[requires]\npython_version = '3.8'\npython_full_version = '3.8.10'\n"}, "3.8.10"},
		{map[string]string{"setup.cfg": "[metadata]\npython_requires = >=3.5\n[options]\npython_requires = >=3.7, <4\n"}, "3.7"},
		{map[string]string{"setup.cfg": "[options]\nzip_safe = no\n"}, "docker"},
		{map[string]string{"app/runtime.txt": "python-3.6.1\n", "runtime.txt": "python-3.9.1"}, "3.6.1"},
		{map[string]string{"pyproject.toml": "[project]\nname='x'\nrequires-python = '<4,>=3.7.2'\n" + poetry}, "3.7"},
		{map[string]string{"pyproject.toml": poetry}, "3.8"},
		{map[string]string{"pyproject.toml": "[tool.black]\npython = '3.1'"}, "docker"},
	} {
		repo := fstest.MapFS{"app/requirements.txt": {Data: []byte("a==1")}}
		for name, data := range c.files {
			repo[name] = &fstest.MapFile{Data: []byte(data)}
		}
		e := ecosystem()
		e.python = func(fs.FS, string) string { return "docker" }
		deps, _ := e.Extract(repo, "app/requirements.txt")
		if got := deps[0].Pin.Runtime; got != c.want {
			t.Errorf("%v: runtime %q, want %q", c.files, got, c.want)
		}
	}
}

func TestCompiled(t *testing.T) {
	for src, want := range map[string]string{
		"#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n#\na==1": "pip-compile",
		lines.BOM + "# This file was autogenerated by uv via the following command:\r\na==1":                    "uv",
		"a==1\n# This file is autogenerated by pip-compile":                                                     "",
		"# This file is autogenerated by our own script\na==1":                                                  "",
	} {
		e := ecosystem()
		deps, _ := e.Extract(fstest.MapFS{"requirements.txt": {Data: []byte(src)}}, "requirements.txt")
		to, err := e.Pins(t.Context(), deps[0], deps[0].Pin.Version)
		if err != nil || len(to.Notes) > 0 != (want != "") || want != "" && !strings.Contains(to.Notes[0].Text, "compiled by "+want+":") {
			t.Errorf("%q: notes %v, %v; want %q", src, to.Notes, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for file, want := range map[string]bool{
		"requirements.txt": true, "a/requirements-dev.txt": true, "dev-requirements.txt": true, "requirements/prod.txt": true,
		"constraints.txt": true, "requirements.in": false, "requirements/README.md": false, "notes.txt": false, "test_requirements.txt": true,
		// renovatebot/renovate#28143 and #41911, dependabot/dependabot-core#14137
		"dev-requirements-py39.txt": true, "ci/test_requirements_extra.txt": true, "requirements/py3.9/linux.txt": true, "requirements/static/ci/py3.9/linux.txt": true,
		"upper-constraints.txt": true, "requirements.pip": true, "requirements/edx/base.pip": true, "constraints_py3.txt": true, "requirements.dev-2.txt": true,
		"requirements3.txt": true, "dev.requirements.txt": true, "requirements+gpu.txt": true,
		"requirements/README.txt": false, "requirements/LICENSE.txt": false, "my-requirements/dev.txt": false, "requirement.txt": false,
		"constraints": false, "requirements.txt.orig": false, "what requirements mean.txt": false, "requirements.txt/x": false, "CMakeLists.txt": false,
	} {
		if got := ecosystem().Match(file); got != want {
			t.Errorf("Match(%q) = %t, want %t", file, got, want)
		}
	}
}

// TestTemplates: what another program fills in is skipped with that reason, and what is broken fails.
func TestTemplates(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{{ cookiecutter.name }}==1.0`, ecosystems.Variable},
		{`celery=={{ version }}`, ecosystems.Variable},
		{`{% if cookiecutter.use_celery == "y" %}`, ecosystems.Variable},
		{`{%- endif %}`, ecosystems.Variable},
		{`{# why #}`, ecosystems.Variable},
		{`<%= name %>==1`, ecosystems.Variable},
		{`% if x:`, ecosystems.Variable},
		{`foo==@VERSION@`, ecosystems.Variable},
		{`foo==@PACKAGE_VERSION@ ; python_version >= "3"`, ecosystems.Variable},
		{`foo==$VERSION`, ecosystems.Variable},
		{`foo==${version}`, ecosystems.Variable},
		{`foo==$(cat VERSION)`, ecosystems.Variable},
		{`foo==__VERSION__`, ecosystems.Variable},
		{`foo==%(version)s`, ecosystems.Variable},
		{`<<<<<<< HEAD`, ecosystems.Malformed},
		{`=======`, ecosystems.Malformed},
		{`foo==1.0 and more`, ecosystems.Malformed},
		{`foo==one`, ecosystems.Malformed},
		{`foo=1`, ecosystems.Malformed},
	} {
		deps, err := ecosystem().Extract(fstest.MapFS{"requirements.txt": {Data: []byte(c.line + "\nok==1\n")}}, "requirements.txt")
		if err != nil || len(deps) != 2 || deps[0].Skip.Code != c.want || deps[1].Skip.Code != "" {
			t.Errorf("%s: %+v, %v; want %s", c.line, deps, err, c.want)
		}
	}
}

// TestUnreadConstraints: each update of a file that is bound by constraints
// which are not followed says so (WordPress/openverse-catalog#740).
func TestUnreadConstraints(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"on the web":            {"requirements.txt": "-c https://u:secret@files.example/constraints-3.8.txt?t=secret\na==1"},
		"outside":               {"requirements.txt": "a==1\n--constraint ../../constraints-3.8.txt"},
		"missing":               {"requirements.txt": "a==1\n-c constraints-3.8.txt"},
		"of the including file": {"requirements.txt": "a==1", "requirements-dev.txt": "-r requirements.txt\n-c https://files.example/constraints-3.8.txt"},
		"of the included file":  {"requirements.txt": "a==1\n-r base", "base": "-c https://files.example/constraints-3.8.txt"},
		"of the command":        {"requirements.txt": "# This file was autogenerated by uv via the following command:\n#    uv pip compile -c https://files.example/constraints-3.8.txt requirements.in\na==1", "requirements.in": "a"},
	} {
		repo := fstest.MapFS{}
		for name, data := range files {
			repo[name] = &fstest.MapFile{Data: []byte(data)}
		}
		e := ecosystem()
		deps, _ := e.Extract(repo, "requirements.txt")
		n := slices.IndexFunc(deps, func(d ecosystems.Dependency) bool { return d.Name == "a" })
		to, err := e.Pins(t.Context(), deps[n], deps[n].Pin.Version)
		if err != nil || len(to.Notes) != 1 || !strings.Contains(to.Notes[0].Text, `"constraints-3.8.txt"`) || strings.Contains(to.Notes[0].Text, "secret") {
			t.Errorf("%s: %v, %v", name, to.Notes, err)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{"a==1.0 \\\n --hash=sha256:aa # x\n-r b.txt\n", "\xef\xbb\xbfA[b]>=1,<2;x\r\n-i https://u:p@h/\n", "a @ https://x", "--hash 'x", "a;(os_name=='x'or'y'in extra)", "-i https://h x\n#autogenerated by uv \na", "a~=1.4.2,\\\n!=1"} {
		f.Add(s)
	}
	v, _ := pep440.Parse("99.7.3")
	f.Fuzz(func(t *testing.T, src string) {
		e := ecosystem()
		repo := fstest.MapFS{"requirements.txt": {Data: []byte(src)}, "b.txt": {Data: []byte("b==1")}}
		deps, err := e.Extract(repo, "requirements.txt")
		if err != nil {
			t.Fatal(err)
		}
		for n, d := range deps {
			if at := d.At[0]; at.Start < 0 || at.End < at.Start || at.File == "requirements.txt" && at.End > len(src) {
				t.Fatalf("%s stands at %+v of %d bytes", d.Name, at, len(src))
			}
			if !d.Skip.IsLookup() || d.At[0].File != "requirements.txt" {
				continue
			}
			edits, err := e.Edit(d, ecosystems.Target{Version: v, Hashes: []string{"sha256:" + sha}})
			if err != nil || len(edits) == 0 {
				continue
			}
			out, err := ecosystems.Apply([]byte(src), edits)
			if err != nil {
				t.Fatalf("%q: %v", src, err)
			}
			repo["requirements.txt"] = &fstest.MapFile{Data: out}
			after, _ := e.Extract(repo, "requirements.txt")
			for i := range min(len(after), len(deps)) {
				if i != n && (after[i].Name != deps[i].Name || after[i].Pin.Text != deps[i].Pin.Text || after[i].Skip != deps[i].Skip) {
					t.Fatalf("%q became %q: the edit of %s changed %s", src, out, d.Name, deps[i].Name)
				}
			}
			if len(after) != len(deps) || cmp.Diff(after[n].Name, d.Name) != "" || after[n].Pin.Text == d.Pin.Text {
				t.Fatalf("%q became %q: %d dependencies, then %d", src, out, len(deps), len(after))
			}
		}
	})
}
