package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/policy"
)

// known are the ecosystems that there are.
var known = all.Infos()

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestErrors: every mistake is told with its line, what is wrong and a way on.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ text, want, hint string }{
		{"allow: mnor", `.freshpin.yaml:1: allow "mnor" is not patch, minor or major`, `did you mean "minor"?`},
		{"\n\nalow: minor", `.freshpin.yaml:3: there is no setting "alow"`, `did you mean "allow"?`},
		{"xyzzy: 1", `.freshpin.yaml:1: there is no setting "xyzzy"`, "the known keys are"},
		{"allow: [patch]", `.freshpin.yaml:1: allow needs a value, not a list`, ""},
		{"allow:", `.freshpin.yaml:1: allow needs a value, not nothing`, ""},
		{"allow: patch\nallow: minor", `.freshpin.yaml:2: allow is set twice`, ""},
		{"base: yes please", `.freshpin.yaml:1: base "yes please" is not true or false`, ""},
		{"cooldown: 3d", `.freshpin.yaml:1: cooldown needs keys and values, not "3d"`, ""},
		{"cooldown: {packages: 3 days}", `.freshpin.yaml:1: cooldown.packages "3 days" is not a duration such as 3d, 12h or 1w`, ""},
		{"cooldown: {packages: 99999999999999999999w}", "is too long", ""},
		{"cooldown: {digest: 1d}", `there is no setting "digest" in cooldown`, `did you mean "digests"?`},
		{`schedule: "0 6 * * 7"`, "Sunday is 0, not 7", ""},
		{`schedule: "TZ=Europe/Berlin 0 6 * * 1"`, "the time zone belongs in timezone", ""},
		{"schedule: TZ=", "the time zone belongs in timezone", ""},
		{"schedule: often", "is not a cron expression", ""},
		{"timezone: Mars/Olympus", `timezone "Mars/Olympus" is not a time zone such as Europe/Berlin`, ""},
		{"limit: -1", `limit "-1" is not a number from 0 to 1000`, ""},
		{"python: three", `python "three" is not a Python version such as "3.11"`, ""},
		{"labels: deps", `labels needs a list, not "deps"`, ""},
		{"rules:\n  - match: {name: '['}", "neither a pattern such as", ""},
		{"rules:\n  - match: {name: '/(/'}", "missing closing )", ""},
		{"rules:\n  - allow: minor", ".freshpin.yaml:2: the rule matches nothing in particular", "give it match"},
		{"rules:\n  - match: {name: a}\n    until: tomorrow", `.freshpin.yaml:3: rules[0].until "tomorrow" is not a date such as 2027-01-31`, ""},
		{"rules:\n  - match: {nam: a}", `there is no setting "nam" in rules[0].match`, `did you mean "name"?`},
		{"ignore: ['[']", `is not a pattern of paths`, ""},
		{"a: b: c", ".freshpin.yaml:1: mapping values are not allowed in this context", ""},
		{"- a", ".freshpin.yaml:1: the file needs keys and values, not a list", ""},
		{strings.Repeat("#", maxSize+1), "more than the limit", ""},
		{"a: &a [x]\nlabels: *a\n", `there is no setting "a"`, ""},
		{"allow: patch\n---\nallow: minor", ".freshpin.yaml:2: a second document begins here", "one file holds one document"},
		{"&a\n<<: *a\nallow: minor\n", "more than 100000 settings", ""},
		{"rules:\n  - match: {name: &p [" + strings.Repeat("a,", 400) + "a]}\n    base: true\n" + strings.Repeat("  - {match: {name: *p}, base: true}\n", 400), "more than 100000 settings", ""},
		{"rules:\n  - match: {name: a}\n    until: 2027-01-31\n    base: true", ".freshpin.yaml:3: until without ignore: true means nothing", "add ignore: true"},
		{"rules:\n  - match: {name: a}", ".freshpin.yaml:2: the rule sets nothing", ""},
		{"rules:\n  - match: {ecosystem: dokerfile}\n    base: true", `.freshpin.yaml:2: there is no ecosystem "dokerfile"`, `did you mean "dockerfile"?`},
		{"rules:\n  - match: {name: a}\n    verify: {}", "verify needs cosign or keyless", ""},
		{"rules:\n  - match: {name: a}\n    verify: {cosign: {key: /etc/passwd}}", "is no path inside the repository", ""},
		{"rules:\n  - match: {name: a}\n    verify: {cosign: {key: ../k}}", "is no path inside the repository", ""},
		{"downloads: {keys: [../k.asc]}", "is no path inside the repository", ""},
		{"downloads: {keys: [/etc/passwd]}", "is no path inside the repository", ""},
		{"downloads: {trust: sure}", "is not signed, listed, digest or compute", ""},
		{"rules:\n  - match: {name: a}\n    verify: {keyless: {issuer: x}}", "needs issuer and identity", ""},
		{"rules:\n  - match:\n      name: ['[', '/(/']\n    base: true", "neither a pattern such as", ""},
		{"labels: [1, true]", `labels[0] needs text, not "1"`, ""},
		{"labels: ['']", `labels[0] needs text`, ""},
		{"timezone: Local", "is not a time zone", ""},
		{"schedule: '@every 1s'", "more often than once an hour", ""},
		{"schedule: '0 0 30 2 *'", "never comes", ""},
		{"limit: '3'", `limit "3" is not a number`, ""},
		{"ignore: [/etc/**]", "leads out of the folder of the settings", ""},
		{"ignore: ['../x']", "leads out of the folder of the settings", ""},
		{"ignore: ['" + strings.Repeat("{a,b}", 40) + "']", "is not a pattern of paths", ""},
		{"allow: " + strings.Repeat("x", 100_000), `…" is not patch, minor or major`, ""},
	} {
		_, errs := Parse(Name, []byte(c.text), known)
		if len(errs) == 0 || !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%q: %v, want %s", head(c.text), errs, c.want)
			continue
		}
		var e *Error
		if !errors.As(errs[0], &e) || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%q: hint %q, want %q", head(c.text), e.Hint, c.hint)
		}
	}
}

func head(s string) string { return s[:min(60, len(s))] }

// whole is the file of the documentation.
const whole = `allow: patch
line: auto
base: false
digests: pin
rebuilds: any
cooldown: {packages: 3d, digests: 1d}
schedule: "0 6 * * 1"
timezone: Europe/Berlin
group: ecosystem
limit: 3
automerge: false
dashboard: auto
lines: show
labels: [dependencies]
reviewers: []
commit_style: auto
python: "3.11"
pin: false
indirect: false
rules:
  - match: {ecosystem: dockerfile, name: python, file: "legacy/**"}
    allow: minor
  - match: {name: somelib}
    ignore: true
    until: 2027-01-31
  - match: {name: "ghcr.io/acme/**"}
    verify: {cosign: {key: keys/acme.pub}}
ignore: ["testdata/**"]
`

// TestMerge: merge keys fill in, the keys of the mapping itself win.
func TestMerge(t *testing.T) {
	f, errs := Parse(Name, []byte("rules:\n  - &a\n    match: {name: a}\n    allow: minor\n    base: true\n  - allow: major\n    match: {name: b}\n    <<: *a\n"), known)
	if errs != nil || *f.Rules[1].Allow != "major" || !*f.Rules[1].Base || !f.Rules[1].Match.Name.Matches("b") {
		t.Errorf("%+v %v", f.Rules, errs)
	}
}

// TestExpired: a rule that has ended does not undo another one.
func TestExpired(t *testing.T) {
	tree := Load(fstest.MapFS{Name: {Data: []byte("rules:\n  - {match: {name: a}, ignore: true}\n  - {match: {name: a}, ignore: true, until: 2026-01-31}\n  - {match: {name: b}, ignore: true}\n")}}, Overrides{})
	if p := tree.For(dep("gomod", "a", "a"), "go.mod", now); p.Ignore == "" {
		t.Error("an ended rule let a dependency move that another one ignores")
	}
	if got := tree.Unused(); len(got) != 1 || got[0] != Name+":4" {
		t.Errorf("unused rules: %v, want %s:4", got, Name)
	}
}

// TestWhy: only what is in force is told.
func TestWhy(t *testing.T) {
	tree := Load(fstest.MapFS{Name: {Data: []byte("allow: minor\nrules:\n  - {match: {name: a}, allow: major}\n")}}, Overrides{})
	p := tree.For(dep("gomod", "a", "a"), "go.mod", now)
	if len(p.Why) != 1 || p.Why[0] != "allow: major by .freshpin.yaml:3" {
		t.Errorf("why: %q", p.Why)
	}
}

func TestAllAtOnce(t *testing.T) {
	_, errs := Parse(Name, []byte("allow: x\nline: y\nbase: z\n"), known)
	if _, many := Parse(Name, []byte(strings.Repeat("x: 1\n", 30)), known); len(many) != 21 {
		t.Errorf("%d errors, want 20 and how many more", len(many))
	}
	if len(errs) != 3 || !strings.HasPrefix(errs[2].Error(), Name+":3:") {
		t.Errorf("%v, want three errors in order", errs)
	}
	if _, errs := Parse(Name, []byte(whole), known); len(errs) > 0 {
		t.Errorf("the documented file: %v", errs)
	}
	for _, empty := range []string{"", "# nothing\n", "---\n", "\ufeff"} {
		if _, errs := Parse(Name, []byte(empty), known); len(errs) > 0 {
			t.Errorf("%q: %v", empty, errs)
		}
	}
}

func dep(ecosystem, name, pkg string) ecosystems.Dependency {
	kind := map[string]string{"dockerfile": "oci", "compose": "oci", "requirements": "pypi", "gomod": "go"}[ecosystem]
	return ecosystems.Dependency{Ecosystem: ecosystem, Name: name, Package: ecosystems.Package{Kind: kind, Name: pkg}}
}

func TestFor(t *testing.T) {
	python := dep("dockerfile", "python", "docker.io/library/python")
	repo := fstest.MapFS{
		".freshpin.yaml":            {Data: []byte(whole)},
		"timed/.freshpin.yaml":      {Data: []byte("rules: [{match: {name: redis}, schedule: '0 6 * * 1'}]\n")},
		"services/a/.freshpin.yaml": {Data: []byte("allow: major\ncooldown: {packages: 0}\nrules:\n  - match: {file: 'x/**'}\n    allow: minor\n  - match: {name: /^py/}\n    line: any\n")},
	}
	minor := version.Minor
	for _, c := range []struct {
		name  string
		d     ecosystems.Dependency
		file  string
		over  Overrides
		check func(p policy.Policy) bool
	}{
		{"top", python, "Dockerfile", Overrides{}, func(p policy.Policy) bool {
			return p.Allow == version.Patch && p.Packages == 72*time.Hour && p.Rebuilds == 24*time.Hour && p.Python == "3.11" && p.Digests == policy.DigestsPin
		}},
		{"rule by ecosystem, name and file", python, "legacy/x/Dockerfile", Overrides{}, func(p policy.Policy) bool { return p.Allow == version.Minor }},
		{"another ecosystem", dep("compose", "python", "docker.io/library/python"), "legacy/compose.yaml", Overrides{}, func(p policy.Policy) bool { return p.Allow == version.Patch }},
		{"the nearest file only", python, "services/a/Dockerfile", Overrides{}, func(p policy.Policy) bool {
			return p.Allow == version.Major && p.Packages == 0 && p.Rebuilds == 24*time.Hour && p.Python == "" && p.Line == policy.LineAny
		}},
		{"files of rules are relative to their settings", python, "services/a/x/Dockerfile", Overrides{}, func(p policy.Policy) bool { return p.Allow == version.Minor }},
		{"the command line wins", python, "services/a/Dockerfile", Overrides{Allow: &minor}, func(p policy.Policy) bool { return p.Allow == version.Minor }},
		{"ignored until a date", dep("requirements", "somelib", "somelib"), "requirements.txt", Overrides{}, func(p policy.Policy) bool { return strings.Contains(p.Ignore, "until 2027-01-31") }},
		{"a rule with a schedule", dep("compose", "redis", "docker.io/library/redis"), "timed/compose.yaml", Overrides{}, func(p policy.Policy) bool {
			return p.Proposal.Schedule == "0 6 * * 1" && slices.Contains(p.Why, "schedule: 0 6 * * 1 by timed/.freshpin.yaml:1")
		}},
		{"built in: golang.org/x", dep("gomod", "golang.org/x/net", "golang.org/x/net"), "go.mod", Overrides{}, func(p policy.Policy) bool { return p.Line == policy.LineMajor }},
		{"built in: certifi", dep("requirements", "certifi", "certifi"), "other/requirements.txt", Overrides{}, func(p policy.Policy) bool { return p.Line == policy.LineAny }},
	} {
		tree := Load(repo, c.over)
		if p := tree.For(c.d, c.file, now); !c.check(p) || tree.Err() != nil {
			t.Errorf("%s: %+v %v", c.name, p, tree.Err())
		}
	}
}

func TestBuiltin(t *testing.T) {
	tree := Load(fstest.MapFS{}, Overrides{})
	for _, c := range []struct {
		d    ecosystems.Dependency
		want policy.Line
	}{
		{dep("gomod", "golang.org/x/net", "golang.org/x/net"), policy.LineMajor},
		{dep("gomod", "example.com/x", "example.com/x"), policy.LineAuto},
		{dep("requirements", "Certifi", "certifi"), policy.LineAny},
		{dep("dockerfile", "certifi", "docker.io/library/certifi"), policy.LineAuto},
	} {
		if p := tree.For(c.d, "f", now); p.Line != c.want {
			t.Errorf("%s: line %d, want %d", c.d.Package.Name, p.Line, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		pattern string
		d       ecosystems.Dependency
		want    bool
	}{
		{"python", dep("dockerfile", "python", "docker.io/library/python"), true},
		{"python", dep("dockerfile", "docker.io/library/python", "docker.io/library/python"), true},
		{"acme/x", dep("dockerfile", "docker.io/acme/x", "docker.io/acme/x"), true},
		{"Zope-_.Interface", dep("requirements", "zope.interface", "zope-interface"), true},
		{"docker.io/library/*", dep("dockerfile", "python", "docker.io/library/python"), true},
		{"ghcr.io/acme/**", dep("compose", "ghcr.io/acme/a/b", "ghcr.io/acme/a/b"), true},
		{"ghcr.io/acme/*", dep("compose", "ghcr.io/acme/a/b", "ghcr.io/acme/a/b"), true}, // * crosses /
		{"ghcr.io/acme*/b", dep("compose", "ghcr.io/acme/a/b", "ghcr.io/acme/a/b"), true},
		{"*validator*", dep("gomod", "github.com/go-playground/validator/v10", "github.com/go-playground/validator/v10"), true},
		{"Foo_Bar", dep("requirements", "foo.bar", "foo-bar"), true}, // PEP 503
		{"Foo_Bar", dep("gomod", "foo.bar", "foo-bar"), false},
		{"/^golang\\.org/", dep("gomod", "golang.org/x/net", "golang.org/x/net"), true},
		{"*", dep("gomod", "golang.org/x/net", "golang.org/x/net"), true},
		{"net", dep("gomod", "golang.org/x/net", "golang.org/x/net"), false},
		{"golang.org/** !golang.org/x/net", dep("gomod", "golang.org/x/net", "golang.org/x/net"), false},
		{"golang.org/** !golang.org/x/net", dep("gomod", "golang.org/x/sys", "golang.org/x/sys"), true},
		{"!golang.org/x/net", dep("gomod", "example.com/x", "example.com/x"), true}, // all but one
		{"!golang.org/x/net example.com/y", dep("gomod", "example.com/x", "example.com/x"), false},
		{"!/^golang/", dep("gomod", "golang.org/x/net", "golang.org/x/net"), false},
		{"!python", dep("dockerfile", "docker.io/library/python", "docker.io/library/python"), false},
		{"!Foo_Bar", dep("requirements", "foo.bar", "foo-bar"), false},
	} {
		var list value.Patterns
		for text := range strings.SplitSeq(c.pattern, " ") {
			var p value.Pattern
			if err := p.Set(text); err != nil {
				t.Fatal(err)
			}
			list = append(list, p)
		}
		if got := (Match{Name: list}).matches(subject{c.d, known.KindOf(c.d.Package.Kind), nil}, "f"); got != c.want {
			t.Errorf("%s matches %s: %v, want %v", c.pattern, c.d.Name, got, c.want)
		}
	}
}

func TestIgnores(t *testing.T) {
	tree := Load(fstest.MapFS{
		".freshpin.yaml":   {Data: []byte("ignore: ['testdata/**', 'old/*/Dockerfile', 'docs/', './examples']")},
		"b/.freshpin.yaml": {Data: []byte("ignore: ['x/**']")},
	}, Overrides{})
	for _, c := range []struct {
		path string
		dir  bool
		want bool
	}{
		{"testdata", true, true}, {"testdata/a/Dockerfile", false, true}, {"a/testdata/Dockerfile", false, false},
		{"old/a/Dockerfile", false, true}, {"old/a/b/Dockerfile", false, false}, {"docs", true, true}, {"examples", true, true},
		{"vendor", true, true}, {"a/node_modules", true, true}, {"third_party", true, true}, {"vendor", false, false},
		{"b/x/Dockerfile", false, true}, {"b/testdata/Dockerfile", false, false},
	} {
		if got := tree.Ignores(c.path, c.dir); got != c.want {
			t.Errorf("Ignores(%s, %v) = %v, want %v", c.path, c.dir, got, c.want)
		}
	}
}

func TestOperator(t *testing.T) {
	o := &Operator{}
	lines, errs := parse("freshpin.yaml", []byte("registry_mirrors: {docker.io: 'http://127.0.0.1:5000'}\nown_registries: [ghcr.io/acme]\ncache: {lifetime: 1h, size: 2GB}\ndefaults: {allow: major}\nenforce:\n  digests: ignore\n  rules:\n    - match: {name: python}\n      allow: patch\n"), o, known)
	o.file, o.lines = "freshpin.yaml", lines
	if errs != nil {
		t.Fatal(errs)
	}
	tree := Load(fstest.MapFS{".freshpin.yaml": {Data: []byte("digests: pin\nallow: major")}}, Overrides{Operator: o})
	p := tree.For(dep("dockerfile", "python", "docker.io/library/python"), "Dockerfile", now)
	if p.Allow != version.Patch || p.Digests != policy.DigestsIgnore {
		t.Errorf("enforced: %+v", p)
	}
	p = tree.For(dep("dockerfile", "ghcr.io/acme/x", "ghcr.io/acme/x"), "Dockerfile", now)
	if p.Packages != 0 || p.Rebuilds != 0 || p.Allow != version.Major {
		t.Errorf("own registry: %+v", p)
	}
	for _, c := range []struct{ name, text, want string }{
		{"FRESHPIN_REGISTRY_MIRRORS", "docker.io", "is not host=url"},
		{"FRESHPIN_CACHE_LIFETIME", "long", "is not a duration"},
		{"FRESHPIN_CACHE_SIZE", "big", "is not a size"},
		{"FRESHPIN_JOBS", "0", "is not a number from 1"},
	} {
		err := (&Operator{}).Environment(func(name string) string { return map[string]string{c.name: c.text}[name] })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %s", c.name, c.text, err, c.want)
		}
	}
}

// TestSchema: the schema and the parser agree.
func TestChecklist(t *testing.T) {
	repo := fstest.MapFS{
		".freshpin.yaml":   {Data: []byte("check: {level: should, strict: true, ignore: [root-user]}\nrules:\n  - match: {rule: \"no-*\", file: \"legacy/**\"}\n    ignore: true\n    until: 2026-12-31\n  - match: {service: db}\n    ignore: true\n")},
		"b/.freshpin.yaml": {Data: []byte("allow: minor\n")},
	}
	tree := Load(repo, Overrides{})
	if got := tree.Checklist("a/Dockerfile"); got != (Checklist{Level: "should", Strict: true}) {
		t.Errorf("a: %+v", got)
	}
	if got := tree.Checklist("b/Dockerfile"); got != (Checklist{}) {
		t.Errorf("b: %+v", got)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		file, service, rule string
		now                 time.Time
		want                string
	}{
		{"Dockerfile", "", "root-user", now, ".freshpin.yaml:1: check.ignore"},
		{"legacy/Dockerfile", "", "no-version", now, ".freshpin.yaml:3: rules"},
		{"legacy/Dockerfile", "", "no-version", now.AddDate(1, 0, 0), ""},
		{"Dockerfile", "", "no-version", now, ""},
		{"compose.yaml", "db", "privileged", now, ".freshpin.yaml:6: rules"},
		{"b/Dockerfile", "", "root-user", now, ""},
	} {
		if got := tree.IgnoresRule(c.file, c.service, c.rule, c.now); got != c.want {
			t.Errorf("IgnoresRule(%s, %s, %s) = %q, want %q", c.file, c.service, c.rule, got, c.want)
		}
	}
	if p := tree.For(ecosystems.Dependency{Name: "x"}, "legacy/Dockerfile", now); p.Ignore != "" {
		t.Errorf("a rule of the checklist ignores a dependency: %s", p.Ignore)
	}
	if _, errs := Parse("f", []byte("rules:\n  - match: {rule: x}\n    allow: minor\n"), nil); len(errs) != 1 {
		t.Errorf("a rule of the checklist without ignore: %v", errs)
	}
}

func TestDescribe(t *testing.T) {
	var b strings.Builder
	Describe(&b)
	for _, want := range []string{"allow patch", "golang.org/x/**: line major", "certifi: line any", "data without an API"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{whole, "allow: &a minor\nline: *a", "a: &a [*a]", "<<: {allow: minor}", "rules: [{match: {name: '/(/'}}]", "schedule: TZ=0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, errs := Parse(Name, []byte(text), known)
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), Name+":") {
				t.Errorf("an error without a place: %v", err)
			}
		}
		if errs == nil {
			p := policy.Policy{}
			file.apply(&p, subject{Dependency: dep("dockerfile", "python", "docker.io/library/python")}, "Dockerfile", now)
			_ = fmt.Sprint(p)
		}
	})
}

// TestBranches reads names and patterns of base branches, and says what is wrong with them.
func TestBranches(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`branches: [main, "release/*", "/^v[0-9]+$/", ünï, 'a#b+c']`, ""},
		{`branches: main`, `x:1: branches needs a list, not "main"`},
		{`branches: ["a b"]`, `x:1: branches[0] "a b" is neither the name of a branch, a pattern such as release/*, nor a /regular expression/`},
		{`branches: [main, "!dev"]`, `x:1: branches[1] "!dev": branches cannot be excluded: name those that are wanted`},
		{`rules: [{match: {branch: "!main", file: "!a/**"}, mode: security}]`, ""},
		{`rules: [{match: {name: "!/(/"}, mode: security}]`, "x:1: rules[0].match.name error parsing regexp: missing closing ): `(`"},
		{`branches: ["a..b"]`, `x:1: branches[0] "a..b" is neither the name of a branch, a pattern such as release/*, nor a /regular expression/`},
		{`branches: ["a:b"]`, `x:1: branches[0] "a:b" is neither the name of a branch, a pattern such as release/*, nor a /regular expression/`},
		{`branches: ["/a"]`, `x:1: branches[0] "/a" is neither the name of a branch, a pattern such as release/*, nor a /regular expression/`},
		{`branches: ["/(/"]`, "x:1: branches[0] error parsing regexp: missing closing ): `(`"},
		{"branches:\n  - main\n  - freshpin/*", `x:3: branches[1] "freshpin/*": the branches that begin with freshpin/ are those of the pull requests`},
		{"branches:\n  - main\n  - main", `x:3: the base branch "main" is named twice`},
		{"branches: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u]", `x:1: 21 base branches are more than the limit of 20`},
		{"rules: [{match: {branch: 'release/*'}, mode: security}]", ""},
	} {
		_, errs := Parse("x", []byte(c.text), known)
		var got []string
		for _, err := range errs {
			got = append(got, err.Error())
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, text, c.want)
		}
	}
	for _, c := range []struct{ text, name, prefix, fits, not string }{
		{"main", "main", "main", "main", "main2"},
		{"release/*", "", "release/", "release/1.x", "release/1/2"},
		{"release/**", "", "release/", "release/1/2", "releases"},
		{"v{1,2}.?", "", "v", "v2.x", "v3.x"},
		{"*", "", "", "main", "freshpin/dockerfile"},
		{"/^v\\d/", "", "", "v1", "main"},
	} {
		list := ParseBranches([]string{c.text, "a b"})
		if len(list) != 1 {
			t.Fatalf("%s: %d branches", c.text, len(list))
		}
		b := list[0]
		if b.Name() != c.name || b.Prefix() != c.prefix || !b.Fits(c.fits) || b.Fits(c.not) {
			t.Errorf("%s: name %q, prefix %q, fits %s %v, fits %s %v", c.text, b.Name(), b.Prefix(), c.fits, b.Fits(c.fits), c.not, b.Fits(c.not))
		}
	}
}

// TestMisspelt tells variables that are nearly ours from those of others.
func TestMisspelt(t *testing.T) {
	got := Misspelt([]string{
		"FRESHPIN_REGISTRY_MIRROR=x", "FRESHPIN_JOB=3", "FRESHPIN_DATABSE=y", "FRESHPIN_WEBHOOK_SECRET_FIL=z", "FRESHPIN_TEMPLATE=t", "Freshpin_jobs=1",
		"FRESHPIN_JOBS=3", "FRESHPIN_MY_TOKEN=1", "FRESHPIN_TAGS=1", "FRESHPIN_=1", "FRESHPIN=1", "PATH=/bin", "", "=",
	}, "FRESHPIN_TEMPLATES")
	want := map[string]string{
		"FRESHPIN_REGISTRY_MIRROR": "FRESHPIN_REGISTRY_MIRRORS", "FRESHPIN_JOB": "FRESHPIN_JOBS", "FRESHPIN_DATABSE": "FRESHPIN_DATABASE",
		"FRESHPIN_WEBHOOK_SECRET_FIL": "FRESHPIN_WEBHOOK_SECRET_FILE", "FRESHPIN_TEMPLATE": "FRESHPIN_TEMPLATES",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMatchBranch applies a rule on the branches that it is about, and nowhere where no branch is known.
func TestMatchBranch(t *testing.T) {
	repo := fstest.MapFS{Name: {Data: []byte("branches: [$default, 'release/*']\nrules: [{match: {branch: 'release/*'}, allow: major}, {match: {branch: $default}, allow: minor}]")}}
	for branch, want := range map[string]version.Level{"release/1": version.Major, "main": version.Minor, "": version.Patch} {
		tree := Load(repo, Overrides{Ecosystems: known}.On(branch, branch == "main"))
		if p := tree.For(dep("dockerfile", "python", "docker.io/library/python"), "Dockerfile", now); p.Allow != want || tree.Err() != nil {
			t.Errorf("on %q: allow %s, %v", branch, p.Allow, tree.Err())
		}
	}
}

// TestGroupsAreChecked reads named groups, and says what is wrong with them.
func TestGroupsAreChecked(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"groups: {aws: {match: {name: 'aws-*'}, bands: [patch, minor]}, rest: {match: {name: '*'}}}", ""},
		{"groups: [aws]", `x:1: groups needs names and groups, not a list`},
		{"groups: {'a b': {match: {name: x}}}", `x:1: "a b" is no name of a group: letters, digits, dots and dashes make one`},
		{"groups: {../up: {match: {name: x}}}", `x:1: "../up" is no name of a group: letters, digits, dots and dashes make one`},
		{"groups:\n  a: {match: {name: x}}\n  a: {match: {name: y}}", `x:3: groups.a is set twice`},
		{"groups:\n  a: {bands: [patch]}", `x:2: the group a matches nothing in particular`},
		{"groups: {a: {match: {ecosystem: docker}}}", `x:1: there is no ecosystem "docker"`},
		{"groups: {a: {match: {name: x}, bands: [huge]}}", `x:1: groups.a.bands[0] "huge" is not digest, patch, minor or major`},
		{"ecosystems: [gomod, npm]", `x:1: ecosystems[1] "npm" is not ` + value.Alternatives(known.Names())},
		{"mode: security\ncommit_prefix: 'chore(deps)'\nassignees: [ada]", ""},
		{"commit_prefix: \"a\\nb\"", `x:1: commit_prefix "a\nb" is not one to 40 characters on one line`},
		{"rules: [{match: {name: x}, versions: '<'}]", `x:1: rules[0].versions "<" is not a comparison such as <17, >=4.2, 4.* or a /regular expression/`},
		{"rules: [{match: {name: x}, versions: 17}]", ""},
	} {
		_, errs := Parse("x", []byte(c.text), known)
		var got []string
		for _, err := range errs {
			got = append(got, err.Error())
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, text, c.want)
		}
	}
}
