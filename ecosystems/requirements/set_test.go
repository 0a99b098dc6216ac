package requirements

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/pypiserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// published makes an index from lines such as "a 1.0 2.0 | b>=2 | c; python_version<'3'":
// the releases of a project, and what each of them requires.
func published(t *testing.T, text string) (*pypiserver.Server, string) {
	t.Helper()
	s := &pypiserver.Server{}
	for _, l := range strings.Split(text, "\n") {
		parts := strings.Split(l, "|")
		words := strings.Fields(parts[0])
		if len(words) == 0 {
			continue
		}
		for _, v := range words[1:] {
			v, python, _ := strings.Cut(v, "@")
			r := pypiserver.Release{Version: v, RequiresPython: python}
			for _, d := range parts[1:] {
				r.RequiresDist = append(r.RequiresDist, strings.TrimSpace(d))
			}
			s.Add(words[0], r)
		}
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL + "/simple"
}

// moves are those that an updater would make: "name version" for every line of
// that name, "name version/version" with what may be taken instead, in order of the files.
func movesOf(t *testing.T, e *Ecosystem, repo fstest.MapFS, targets string) (moves []ecosystems.Move, manifests []string) {
	t.Helper()
	to := map[string]string{}
	words := strings.Fields(targets)
	for i := 0; i+1 < len(words); i += 2 {
		to[words[i]] = words[i+1]
	}
	for name := range repo {
		if e.Match(name) {
			manifests = append(manifests, name)
		}
	}
	slices.Sort(manifests)
	for _, name := range manifests {
		deps, err := e.Extract(repo, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deps {
			if _, err := e.Versions(context.Background(), d.Package); d.Package.Name != "" && err != nil {
				t.Logf("%s: %v", d.Name, err)
			}
			if m, ok := moveTo(d, to[d.Package.Name]); ok && !d.Ignored {
				moves = append(moves, m)
			}
		}
	}
	return moves, manifests
}

// moveTo makes the move of a dependency to the first of some versions.
func moveTo(d ecosystems.Dependency, texts string) (m ecosystems.Move, ok bool) {
	m.Dependency = d
	for n, text := range strings.Split(texts, "/") {
		v, ok := pep440.Parse(text)
		switch {
		case !ok:
			return m, false
		case n == 0:
			m.To.Version = v
		default:
			m.Else = append(m.Else, ecosystems.Target{Version: v})
		}
	}
	return m, true
}

// held prints the verdicts of the moves that are held, one line each, and those that fall back.
func held(moves []ecosystems.Move, verdicts []ecosystems.SetVerdict) string {
	var out []string
	for n, v := range verdicts {
		switch {
		case !v.Held.IsZero():
			out = append(out, moves[n].Dependency.Name+": "+v.Held.Text)
		case v.Fits > 0:
			out = append(out, moves[n].Dependency.Name+" to "+moves[n].Else[v.Fits-1].Version.Text+": "+v.Why.Text)
		}
	}
	return strings.Join(out, "\n")
}

func TestCheckSet(t *testing.T) {
	for _, c := range []struct {
		name    string
		index   string // of published
		file    string // requirements.txt
		targets string // of moves
		want    string // of held
	}{
		{"the example of the design", "requests 2.30.0\nrequests 2.31.0 | urllib3<3,>=1.21.1\nurllib3 1.20", "requests==2.30.0\n\n\nurllib3==1.20", "requests 2.31.0",
			"requests: requests 2.31.0 requires urllib3<3,>=1.21.1, and requirements.txt:4 pins urllib3 1.20"},
		{"the other way round", "botocore 1.0 | Urllib3 (<1.27)\nurllib3 1.26 1.27", "urllib3==1.26\nbotocore==1.0", "urllib3 1.27",
			"urllib3: requirements.txt:2 pins botocore 1.0, which requires urllib3<1.27"},
		{"names are spelled in many ways", "a 1\na 2 | Foo._Bar<2\nfoo-bar 2", "a==1\nFOO_bar==2", "a 2", "a: a 2 requires foo-bar<2, and requirements.txt:2 pins FOO_bar 2"},
		{"they travel together", "a 1 | b==1\na 2 | b==2\nb 1 2", "a==1\nb==1", "a 2 b 2", ""},
		{"one alone would not", "a 1 | b==1\na 2 | b==2\nb 1 2", "a==1\nb==1", "b 2", "b: requirements.txt:1 pins a 1, which requires b==1"},
		{"a chain falls", "a 1\na 2 | b==2\nb 1\nb 2 | c==2\nc 1 2\nd 1 | c<2", "a==1\nb==1\nc==1\nd==1", "a 2 b 2 c 2",
			"a: a 2 requires b==2, and requirements.txt:2 pins b 1\nb: b 2 requires c==2, and requirements.txt:3 pins c 1\nc: requirements.txt:4 pins d 1, which requires c<2"},
		{"the fewest fall: one that three refuse", "a 1\na 2 | x<2\nb 1\nb 2 | x<2\nc 1\nc 2 | x<2\nx 1 2", "a==1\nb==1\nc==1\nx==1", "a 2 b 2 c 2 x 2",
			"x: requirements.txt:1 moves to a 2, which requires x<2"},
		{"the fewest fall: one that refuses three", "x 1\nx 2 | a<2 | b<2 | c<2\na 1 2\nb 1 2\nc 1 2", "a==1\nb==1\nc==1\nx==1", "a 2 b 2 c 2 x 2",
			"x: x 2 requires a<2, and requirements.txt:1 moves to a 2"},
		{"a cycle", "a 1 | b==1\na 2 | b==2\nb 1 | c==1\nb 2 | c==2\nc 1 | a==1\nc 2 | a==2", "a==1\nb==1\nc==1", "a 2 b 2 c 2", ""},
		{"a requirement of itself", "a 1 | a[x]==7 ; extra=='all'\na 2 | a[x]==7 ; extra=='all' | b<1 ; extra=='x'\nb 1", "a[all]==1\nb==1", "a 2", "a: a 2 requires b<1, and requirements.txt:2 pins b 1"},

		{"a conflict that stood there before", "a 1 2 | b>=2\nb 1", "a==1\nb==1", "a 2", ""},
		{"and for the one required", "a 1 | b>=3\nb 1 2", "a==1\nb==1", "b 2", ""},
		{"one that stood there before hides no other", "a 1 2 | b>=2\nb 1\nc 1\nc 2 | b>=2", "a==1\nb==1\nc==1", "a 2 c 2", "c: c 2 requires b>=2, and requirements.txt:2 pins b 1"},

		{"extras that are not requested", "a 1\na 2 | b>=2 ; extra == 'x'\nb 1", "a==1\nb==1", "a 2", ""},
		{"extras of the line", "a 1\na 2 | b>=2 ; extra == 'X_y'\nb 1", "a[z, x.Y]==1\nb==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"extras that another release asks for", "a 1\na 2 | b>=2 ; extra == 'x'\nb 1\nc 1 | a[x]", "a==1\nb==1\nc==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},

		{"a release without extras is required with them, too", "a 1\na 2 | b>=2 ; extra != 'x'\nb 1", "a[x]==1\nb==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"extras that the release does not provide", "a 1\na 2 | b>=2 ; 'x' == extra\nb 1", "a[x]==1\nb==1", "a 2", ""},
		{"a marker that holds nowhere here", "a 1\na 2 | b>=2 ; sys_platform == 'win32'\nb 1", "a==1\nb==1", "a 2", ""},
		{"a marker that holds everywhere", "a 1\na 2 | b>=2 ; python_version >= '3' and (os_name == 'posix' or os_name == 'nt')\nb 1", "a==1\nb==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"a marker that holds for some", "a 1\na 2 | b>=2 ; python_version < '3.10'\nb 1", "a==1\nb==1", "a 2", ""},
		{"a marker that holds for all that the release runs on", "a 1\na 2@<3.10 | b>=2 ; python_version < '3.10'\nb 1", "a==1\nb==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"two markers that together hold everywhere", "a 1\na 2 | b>=2 ; python_version < '3.10' | b>=3 ; python_version >= '3.10'\nb 1", "a==1\nb==1", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"the line is for another Python", "a 1\na 2 | b>=2\nb 1 2", "a==1\nb==1 ; python_version < '3.8'\nb==2 ; python_version >= '3.8'", "a 2", ""},
		{"both lines are for one Python", "a 1\na 2 | b>=2 ; python_version < '3.10'\nb 1", "a==1 ; python_version < '3.9'\nb==1; python_version<'3.9'", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},

		{"some version of a range satisfies it", "a 1\na 2 | b<2\nb 1 2 3", "a==1\nb>=1", "a 2", ""},
		{"no version of a range satisfies it", "a 1\na 2 | b>=2,<2.5\nb 1 2 3", "a==1\nb>=1,!=2,<4", "a 2", "a: a 2 requires b>=2,<2.5, and requirements.txt:2 pins b>=1,!=2,<4"},
		{"a range that moves", "a 1 | b<2\nb 1.0 2.0", "a==1\nb~=1.0", "b 2.0", "b: requirements.txt:1 pins a 1, which requires b<2"},
		{"a range moves as far as the others let it", "a 1 | b<3\nb 1 2 3", "a==1\nb>=1,<=1", "b 3/2", "b to 2: requirements.txt:1 pins a 1, which requires b<3"},
		{"a range that does not move gives way", "a 1 2 | b<2\nb 1 2", "a>=1\nb==1", "b 2", ""},
		{"a range of one release does not", "a 1 2 | b<2\nb 1 2", "a>=1,<2\nb==1", "b 2", "b: requirements.txt:1 pins a>=1,<2, which requires b<2"},
		{"two leave a range nothing", "a 1\na 2 | c>=2\nb 1 | c<2\nc 1 1.5 2 3", "a==1\nb==1\nc>=1", "a 2", "a: a 2 requires c>=2, and requirements.txt:2 pins b 1, which requires c<2"},
		{"two leave a range something", "a 1\na 2 | c>=2\nb 1 | c<3\nc 1 1.5 2 3", "a==1\nb==1\nc", "a 2", ""},
		{"two that left it nothing before", "a 1 2 | c>=2\nb 1 | c<2\nc 1 1.5 2 3", "a==1\nb==1\nc>=1", "a 2", ""},
		{"an unpinned line gives way", "a 1\na 2 | b<2\nb 1 2", "a==1\nb", "a 2", ""},
		{"pre-releases and local versions", "a 1\na 2 | b<2 | c==1.0\nb 2.0rc1\nc 1.0+cu118", "a==1\nb==2.0rc1\nc==1.0+cu118", "a 2", "a: a 2 requires b<2, and requirements.txt:2 pins b 2.0rc1"},

		{"hashes: a new requirement that is not listed", "a 1\na 2 | b>=2", "a==1 --hash=sha256:" + sha, "a 2", "a: a 2 newly requires b>=2, which is not listed in a file with hashes"},
		{"hashes: required already", "a 1 2 | b>=2", "a==1 --hash=sha256:" + sha, "a 2", ""},
		{"hashes: listed from elsewhere", "a 1\na 2 | b>=2", "--require-hashes\na==1\nb @ https://x.example/b-2.zip", "a 2", ""},
		{"hashes: only for an extra", "a 1\na 2 | b>=2; extra=='x'", "a==1 --hash=sha256:" + sha, "a 2", ""},
		{"no hashes: pip brings it", "a 1\na 2 | b>=2\nc 1", "a==1\nc==1", "a 2", ""},

		// renovatebot/renovate#8921, dependabot/dependabot-core#10661
		{"the one before it fits", "a 1.0 1.1 | b<2\na 1.2 | b>=2\nb 1", "a==1.0\nb==1", "a 1.2/1.1", "a to 1.1: a 1.2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"the newest that fits, not the next", "a 1.0 1.1 1.2 | b<2\na 1.3 1.4 1.5 | b>=2\nb 1", "a==1.0\nb==1", "a 1.5/1.4/1.3/1.2/1.1", "a to 1.2: a 1.5 requires b>=2, and requirements.txt:2 pins b 1"},
		{"nothing fits", "a 1.0\na 1.1 1.2 | b>=2\nb 1", "a==1.0\nb==1", "a 1.2/1.1", "a: a 1.2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"a pair to the newest that fits", "a 1.0 | b==1.0\na 1.1 | b==1.1\na 1.2 | b==1.3\nb 1.0 1.1 1.2 1.3 1.4 1.5", "a==1.0\nb==1.0", "a 1.2/1.1 b 1.5/1.4/1.3/1.2/1.1", "b to 1.3: requirements.txt:1 moves to a 1.2, which requires b==1.3"},
		{"a pair whose newest has no twin yet", "a 1.0 | b==1.0\na 1.1 | b==1.1\na 1.2 | b==1.2\nb 1.0 1.1", "a==1.0\nb==1.0", "a 1.2/1.1 b 1.1", "a to 1.1: a 1.2 requires b==1.2, and requirements.txt:2 moves to b 1.1"},
		{"three that only work together", "a 1 | b==1\na 2 | b==2\na 3 | b==3\nb 1 | c==1\nb 2 | c==2\nb 3 | c==3\nc 1 2 4", "a==1\nb==1\nc==1", "a 3/2 b 3/2 c 4/2",
			"a to 2: a 3 requires b==3, and requirements.txt:2 moves to b 2\nb to 2: b 3 requires c==3, and requirements.txt:3 moves to c 2\nc to 2: requirements.txt:2 moves to b 2, which requires c==2"},
		{"rather than that another one stays", "a 1\na 2 | x<3\nx 1 2 3", "a==1\nx==1", "a 2 x 3/2", "x to 2: requirements.txt:1 moves to a 2, which requires x<3"},
		{"a conflict that stood there before makes nothing fall back", "a 1 1.1 2 | b>=2\nb 1", "a==1\nb==1", "a 2/1.1", ""},
		{"hashes: a release without the new requirement", "a 1 1.1\na 1.2 | b>=2", "a==1 --hash=sha256:" + sha, "a 1.2/1.1", "a to 1.1: a 1.2 newly requires b>=2, which is not listed in a file with hashes"},
		{"compiled: the same", "a 1 1.1 | b; extra=='x'\na 1.2 | b>=2 | setuptools", "# This file is autogenerated by pip-compile with Python 3.11\n#    pip-compile --no-emit-package=c r.in\na==1", "a 1.2/1.1", "a to 1.1: a 1.2 newly requires b>=2, which is not listed in a compiled file"},
		{"compiled: what the tool leaves out is not listed", "a 1\na 1.2 | c>=2 | setuptools", "# This file is autogenerated by pip-compile with Python 3.11\n#    pip-compile --no-emit-package=c r.in\na==1", "a 1.2", ""},
		{"lines for an old Python", "a 1\na 2 | b>=2\nb 1 2", "a==1; python_version<'3.7'\nb==1; python_version<'3.7'\nb==2; python_version>='3.7'", "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1"},

		{"two lines of one package", "a 1 2", "a==1\na==1 # freshpin: ignore", "a 2", "a: requirements.txt:2 pins a 1"},
		{"requirements that are not readable say nothing", "a 1\na 2 | b=>2 | !!! | b @ https://x.example/b.zip | b>=1.*\nb 1", "a==1\nb==1", "a 2", ""},
		{"what is spelled oddly", "a 1\na 2.0 | b(>=1.*,<2)\nb 2.0.0", "a==1\nb==2", "a 2", "a: a 2 requires b>=1,<2, and requirements.txt:2 pins b 2"},
	} {
		_, base := published(t, c.index)
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{"requirements.txt": {Data: []byte(c.file)}}
		moves, manifests := movesOf(t, e, repo, c.targets)
		verdicts, err := e.CheckSet(context.Background(), repo, manifests, moves)
		if got := held(moves, verdicts); err != nil || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, err, got, c.want)
		}
		for _, v := range verdicts {
			if len(v.Notes) > 0 {
				t.Errorf("%s: %v", c.name, v.Notes)
			}
		}
	}
}

// TestCheckSetWith: which moves cannot be made without each other.
func TestCheckSetWith(t *testing.T) {
	for _, c := range []struct{ name, index, file, targets, want string }{
		{"twins", "a 1 | b==1\na 2 | b==2\nb 1 2 3\nc 1 2", "a==1\nb==1\nc==1", "a 2 b 3/2 c 2", "[[1] [0] []]"},
		{"one needs the other", "a 1\na 2 | b>=2\nb 1 2", "a==1\nb==1", "a 2 b 2", "[[1] []]"},
		{"what is held is not needed", "a 1\na 2 | b>=2\nb 1 2\nc 1 | b<2", "a==1\nb==1\nc==1", "a 2 b 2", "[[] []]"},
	} {
		_, base := published(t, c.index)
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{"requirements.txt": {Data: []byte(c.file)}}
		moves, manifests := movesOf(t, e, repo, c.targets)
		verdicts, err := e.CheckSet(context.Background(), repo, manifests, moves)
		if err != nil {
			t.Fatal(err)
		}
		var with [][]int
		for _, v := range verdicts {
			with = append(with, v.With)
		}
		if got := fmt.Sprint(with); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCheckSetSecurity: others stay for the sake of a security fix.
func TestCheckSetSecurity(t *testing.T) {
	_, base := published(t, "a 1\na 2 | b<2 | c<2\nb 1 2\nc 1 2")
	e := New(sourceOf(base), nil)
	repo := fstest.MapFS{"requirements.txt": {Data: []byte("a==1\nb==1\nc==1")}}
	for security, want := range map[bool]string{
		false: "a: a 2 requires b<2, and requirements.txt:2 moves to b 2",
		true:  "b: requirements.txt:1 moves to a 2, which requires b<2\nc: requirements.txt:1 moves to a 2, which requires c<2",
	} {
		moves, manifests := movesOf(t, e, repo, "a 2 b 2 c 2")
		moves[0].Security = security
		verdicts, err := e.CheckSet(context.Background(), repo, manifests, moves)
		if got := held(moves, verdicts); err != nil || got != want {
			t.Errorf("security %t: %v\n got %s\nwant %s", security, err, got, want)
		}
	}
}

// TestCheckSetFiles: a set is a file with all that it includes, also where that is updated by itself.
func TestCheckSetFiles(t *testing.T) {
	const index = "a 1\na 2 | b>=2\nb 1 2"
	for _, c := range []struct {
		name    string
		files   map[string]string
		targets string
		want    string
	}{
		{"apart", map[string]string{"requirements.txt": "a==1", "requirements-dev.txt": "b==1"}, "a 2", ""},
		{"the one that includes", map[string]string{"requirements.txt": "a==1", "requirements-dev.txt": "-r requirements.txt\nb==1"}, "a 2", "a: a 2 requires b>=2, and requirements-dev.txt:2 pins b 1"},
		{"the one that is included", map[string]string{"requirements.txt": "b==1", "requirements-dev.txt": "-r requirements.txt\na==1"}, "a 2", "a: a 2 requires b>=2, and requirements.txt:1 pins b 1"},
		{"a constraint", map[string]string{"requirements.txt": "-c limits\na==1", "limits": "b<2"}, "a 2", "a: a 2 requires b>=2, and limits:1 pins b<2"},
		{"a file that only includes", map[string]string{"requirements.txt": "-r requirements/a.txt\n-r requirements/b.txt", "requirements/a.txt": "a==1", "requirements/b.txt": "b==1"}, "a 2", "a: a 2 requires b>=2, and requirements/b.txt:1 pins b 1"},
		{"from a folder beside", map[string]string{"x/requirements.txt": "-r ../y/requirements.txt\nb==1", "y/requirements.txt": "a==1"}, "a 2", "a: a 2 requires b>=2, and x/requirements.txt:2 pins b 1"},
		{"one place in two manifests", map[string]string{"requirements.txt": "-r base\nb==1", "requirements-dev.txt": "-r base", "base": "a==1"}, "a 2", "a: a 2 requires b>=2, and requirements.txt:2 pins b 1\na: a 2 requires b>=2, and requirements.txt:2 pins b 1"},
		{"circles", map[string]string{"requirements.txt": "-r requirements-dev.txt\na==1", "requirements-dev.txt": "-r requirements.txt\nb==1"}, "a 2", "a: a 2 requires b>=2, and requirements-dev.txt:2 pins b 1"},
	} {
		_, base := published(t, index)
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{}
		for name, data := range c.files {
			repo[name] = &fstest.MapFile{Data: []byte(data)}
		}
		moves, manifests := movesOf(t, e, repo, c.targets)
		verdicts, err := e.CheckSet(context.Background(), repo, manifests, moves)
		if got := held(moves, verdicts); err != nil || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, err, got, c.want)
		}
	}
}

// TestCheckSetRequests: one for each release, those in use only where a conflict may have stood there before.
func TestCheckSetRequests(t *testing.T) {
	for _, c := range []struct {
		name, index, file, targets string
		want                       int // of metadata
	}{
		{"nothing moves", "a 1 2\nb 1", "a==1\nb==1", "", 0},
		{"a package alone", "a 1 2", "a==1", "a 2", 0},
		{"one moves, one stands", "a 1 2\nb 1", "a==1\nb==1", "a 2", 2},
		{"the same twice", "a 1 2\nb 1", "a==1\nb==1\na==1\nb==1", "a 2", 2},
		{"one package twice", "a 1 2", "a==1\na==1", "a 2", 0},
		{"a range is not asked", "a 1 2\nb 1 2", "a==1\nb>=1", "a 2", 1},
		{"but one of a single release", "a 1 2\nb 1 2", "a==1\nb<=1", "a 2", 2},
		{"a conflict asks what was", "a 1\na 2 | b>=2\nb 1", "a==1\nb==1", "a 2", 3},
		{"what is not tried is not asked", "a 1 2 3 4 5\nb 1", "a==1\nb==1", "a 5/4/3/2", 2},
		{"a twin is found without trying all", "a 1 | b==1\na 2 | b==2\nb 1 2 3 4 5 6", "a==1\nb==1", "a 2 b 6/5/4/3/2", 5},
	} {
		s, base := published(t, c.index)
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{"requirements.txt": {Data: []byte(c.file)}}
		moves, manifests := movesOf(t, e, repo, c.targets)
		s.ForgetRequests()
		if _, err := e.CheckSet(context.Background(), repo, manifests, moves); err != nil {
			t.Error(err)
		}
		n := 0
		for path, times := range s.Requests() {
			if n += times; !strings.HasSuffix(path, ".metadata") {
				t.Errorf("%s: %s", c.name, path)
			}
		}
		if n != c.want {
			t.Errorf("%s: %d requests, want %d: %v", c.name, n, c.want, fmt.Sprint(s.Requests()))
		}
	}
}

// withURLs is a release with Project-URLs.
func withURLs(version string, urls ...string) pypiserver.Release {
	return pypiserver.Release{Version: version, ProjectURLs: urls}
}

func sourceOf(base string) *pypi.Source {
	return pypi.New(fetch.New(fetch.Options{Retries: -1}), pypi.Indexes{Main: base}, nil)
}

// TestMetadataUnknown: what is missing, false or hostile is no conflict and no failure, but is said.
func TestMetadataUnknown(t *testing.T) {
	genuine := "Metadata-Version: 2.1\nName: a\nVersion: 2\nRequires-Dist: b>=2\n"
	for _, c := range []struct {
		name    string
		release pypiserver.Release
		fault   int
		want    string // in the note; "" for a conflict
	}{
		{"genuine", pypiserver.Release{Metadata: []byte(genuine)}, 0, ""},
		{"none", pypiserver.Release{NoMetadata: true}, 0, "the index has no metadata of it beside its files"},
		{"another hash", pypiserver.Release{Metadata: []byte(genuine), WrongHash: true}, 0, "do not have the hash that the index names"},
		{"another project", pypiserver.Release{Metadata: []byte("Name: b\x1b[2J\nVersion: 2\nRequires-Dist: b>=2\n")}, 0, `are those of "b`},
		{"another version", pypiserver.Release{Metadata: []byte("Name: a\nVersion: 3\nRequires-Dist: b>=2\n")}, 0, `are those of "a" "3"`},
		{"a page", pypiserver.Release{Metadata: []byte("<!DOCTYPE html>\n")}, 0, "not metadata"},
		{"empty", pypiserver.Release{Metadata: []byte{}}, 0, "not metadata"},
		{"endless", pypiserver.Release{Metadata: []byte("Name: a\nVersion: 2\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\n", 5000))}, 0, "larger than"},
		{"too many fields", pypiserver.Release{Metadata: []byte("Name: a\nVersion: 2\n" + strings.Repeat("X: y\n", 30_000))}, 0, "more than 20000 lines"},
		{"not there", pypiserver.Release{}, http.StatusNotFound, "404 Not Found"},
		{"refused", pypiserver.Release{}, http.StatusForbidden, "403 Forbidden"},
		{"down", pypiserver.Release{}, http.StatusServiceUnavailable, "503 Service Unavailable"},
	} {
		s, base := published(t, "a 1\nb 1")
		c.release.Version = "2"
		s.Add("a", c.release)
		s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
			if c.fault == 0 || !strings.HasSuffix(r.URL.Path, "a-2-py3-none-any.whl.metadata") {
				return false
			}
			http.Error(w, "no", c.fault)
			return true
		}
		e := New(sourceOf(base), nil)
		repo := fstest.MapFS{"requirements.txt": {Data: []byte("a==1\nb==1")}}
		moves, manifests := movesOf(t, e, repo, "a 2")
		verdicts, err := e.CheckSet(context.Background(), repo, manifests, moves)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		v := verdicts[0]
		switch {
		case c.want == "" && (v.Held.Code != ecosystems.Conflict || len(v.Notes) > 0):
			t.Errorf("%s: %+v, want a conflict", c.name, v)
		case c.want != "" && (!v.Held.IsZero() || len(v.Notes) != 1 || v.Notes[0].Code != ecosystems.MetadataUnknown || !strings.Contains(v.Notes[0].Text, c.want)):
			t.Errorf("%s: %+v, want a note with %q", c.name, v, c.want)
		case c.want != "" && strings.ContainsAny(v.Notes[0].Text, "\x1b\n"):
			t.Errorf("%s: %q may command a terminal", c.name, v.Notes[0].Text)
		}
	}
}
