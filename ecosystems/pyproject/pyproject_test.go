package pyproject

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements"
)

const file = "app/pyproject.toml"

func eco() *Ecosystem {
	source := pypi.New(fetch.New(fetch.Options{Offline: true}), pypi.Indexes{}, nil)
	return New(requirements.New(source, nil), nil)
}

func TestRequirements(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"[project]\ndependencies = [\n  \"requests==2.5.1\", # why\n  'Flask[async]>=0.12,<0.13 ; python_version > \"3\"',\n  \"idna\",\n]\n",
			"requests ==2.5.1 [3:12 ==2.5.1]\nFlask >=0.12,<0.13 [4:16 >=0.12,<0.13]\nidna  [5:4 idna] skip=unpinned"},
		{"project.dependencies = ['a==1.1']\nproject.optional-dependencies.x = ['b==1.2']\n", "a ==1.1 [1:27 ==1.1]\nb ==1.2 [2:38 ==1.2]"},
		{"[project.optional-dependencies]\ntest = ['a~=1.4.2']\n\"x y\" = ['b==1']\n", "a ~=1.4.2 [2:11 ~=1.4.2]"},
		{"[project]\noptional-dependencies = {test = ['a==1.1'], docs = [\"b==1.2\"]}\n", "a ==1.1 [2:36 ==1.1]\nb ==1.2 [2:55 ==1.2]"},
		{"[dependency-groups]\ntest = ['a==1.1', {include-group = 'docs'}]\ndocs = ['b ==1.2']\n", "a ==1.1 [2:11 ==1.1]\nb ==1.2 [3:12 ==1.2]"},
		{"[build-system]\nrequires = ['setuptools==61.0', \"wheel\"]\n", "setuptools ==61.0 [2:24 ==61.0]\nwheel  [2:34 wheel] skip=unpinned"},
		{"[tool.uv]\ndev-dependencies = ['a==1.1']\nconstraint-dependencies = ['b==1.2']\n[tool.hatch.envs.test]\ndependencies = ['c==1.3']\n[tool.pdm.dev-dependencies]\nx = ['d==1.4']\n",
			"a ==1.1 [2:23 ==1.1]\nb ==1.2 [3:30 ==1.2]\nc ==1.3 [5:19 ==1.3]\nd ==1.4 [7:8 ==1.4]"},
		{"[project]\ndependencies = [\"a\\u003d=1.1\", '''b==1.2''', 'c @ https://x.io/c.whl', '-e .', '']\n",
			"a==1.1  [2:17 \"a\\u003d=1.1\"] skip=unsupported\nb==1.2  [2:32 '''b==1.2'''] skip=unsupported\nc  [2:47 c] skip=url\n-e  [2:73 -e .] skip=malformed\n[2:81 ] skip=malformed"},
		{"[project]\ndependencies = ['a==1.1', 'b==1.2', 'c==1.3', 'd==1.4']\n[tool.uv.sources]\na = {git = 'https://x.io/a'}\nb = {path = '../b', editable = true}\nc = {workspace = true}\nD = {index = 'own'}\n",
			"a ==1.1 [2:19 ==1.1] skip=url\nb ==1.2 [2:29 ==1.2] skip=path\nc ==1.3 [2:39 ==1.3] skip=path\nd ==1.4 [2:49 ==1.4] skip=index-not-allowed"},
		{"[project]\ndependencies = ['a==1.1', 'b==1.2']\n[tool.uv.sources]\na = [{workspace = true, marker = 'x'}]\nb = [{path = '../b'}]\n", "a ==1.1 [2:19 ==1.1] skip=path\nb ==1.2 [2:29 ==1.2] skip=path"},
		{"[project]\ndependencies = ['a==1.1']\n[[tool.uv.index]]\nurl = 'https://own.x.io/simple'\n", "a ==1.1 [2:19 ==1.1] skip=index-not-allowed"},
		{"[project]\ndependencies = ['a==1.1']\n[[tool.uv.index]]\nurl = 'https://own.x.io/simple'\nexplicit = true\n[tool.uv.pip]\n", "a ==1.1 [2:19 ==1.1]"},
		{"[project]\ndependencies = ['a==1.1']\n[[tool.poetry.source]]\nname = 'own'\nurl = 'https://own.x.io/simple'\n", "a ==1.1 [2:19 ==1.1] skip=index-not-allowed"},
		{"[project]\ndependencies = ['a==1.1'] # freshpin: ignore\n", "a ==1.1 [2:19 ==1.1] ignored"},
		{"[project]\ndependencies = ['a==1.1']\n[tool.x\ny = 1\n", "a ==1.1 [2:19 ==1.1]\n[tool.x  [3:1 [tool.x] skip=malformed"},
		{"[project]\ndependencies = [\n  'a==1.1'\n", "'a==1.1'  [3:1   'a==1.1'] skip=malformed"},
		{"\uFEFF[project]\r\ndependencies = ['a==1.1']\r\n", "a ==1.1 [2:19 ==1.1]"},
		{"", ""},
		{"a = " + strings.Repeat("[", 5000), "limit"},
	} {
		got := ecosystemtest.Shown(eco(), fstest.MapFS{file: {Data: []byte(c.src)}}, file)
		if got != c.want && !(c.want == "limit" && strings.Contains(got, "skip=limit")) {
			t.Errorf("%.300q:\n got %.600s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestPoetry(t *testing.T) {
	for _, c := range []struct{ src, want, edited string }{
		{"requests = \"2.5.1\"", "requests 2.5.1 [2:13 2.5.1]", "requests = \"7.8.9\""},
		{"requests = '==2.5.1'", "requests ==2.5.1 [2:13 ==2.5.1]", "requests = '==7.8.9'"},
		{"requests = \"^2.5\"", "requests ^2.5 [2:13 ^2.5]", "requests = \"^7.8\""},
		{"requests = {version = \"~2.5.1\", extras = [\"x\"]}", "requests ~2.5.1 [2:24 ~2.5.1]", "requests = {version = \"~7.8.9\", extras = [\"x\"]}"},
		{"requests = \"*\"", "requests * [2:13 *] skip=unsupported", ""},
		{"requests = \">=2.5,<3\"", "requests >=2.5,<3 [2:13 >=2.5,<3] skip=unsupported", ""},
		{"requests = \"^2.5 || ^3.0\"", "requests ^2.5 || ^3.0 [2:13 ^2.5 || ^3.0] skip=unsupported", ""},
		{"requests = {git = 'https://x.io/r'}", "", ""},
		{"requests = {path = '../r'}", "", ""},
		{"python = \"^3.8\"", "", ""},
		{"requests = [{version = '1.1', python = '<3.8'}, {version = '1.2', python = '>=3.8'}]", "requests 1.1 [2:25 1.1]\nrequests 1.2 [2:61 1.2]", ""},
	} {
		for _, table := range []string{"[tool.poetry.dependencies]\n", "[tool.poetry.group.dev.dependencies]\n"} {
			src := table + c.src + "\n"
			repo := fstest.MapFS{file: {Data: []byte(src)}}
			if got := ecosystemtest.Shown(eco(), repo, file); got != c.want {
				t.Errorf("%q:\n got %s\nwant %s", src, got, c.want)
			}
			if c.edited == "" {
				continue
			}
			list, _ := eco().Extract(repo, file)
			edits, err := eco().Edit(list[0], another(list[0]))
			if err != nil {
				t.Fatal(err)
			}
			if out, err := ecosystems.Apply([]byte(src), edits); err != nil || string(out) != table+c.edited+"\n" {
				t.Errorf("%q became %q, %v", src, out, err)
			}
		}
	}
}

// What a caret and a tilde admit is what Poetry's documentation says.
func TestAdmits(t *testing.T) {
	for constraint, want := range map[string][2]string{
		"^1.2.3": {"1.2.3 1.9.0", "2.0.0 1.2.2"}, "^0.2.3": {"0.2.9", "0.3.0"}, "^0.0.3": {"0.0.3", "0.0.4"}, "^0.0": {"0.0.9", "0.1.0"}, "^0": {"0.9", "1.0"},
		"~1.2.3": {"1.2.9", "1.3.0"}, "~1.2": {"1.2.9", "1.3.0"}, "~1": {"1.9", "2.0"},
	} {
		list, err := eco().Extract(fstest.MapFS{file: {Data: []byte("[tool.poetry.dependencies]\nx = '" + constraint + "'\n")}}, file)
		if err != nil || len(list) != 1 || list[0].Pin.Admits == nil {
			t.Fatalf("%s: %v, %v", constraint, list, err)
		}
		for n, admits := range []bool{true, false} {
			for _, text := range strings.Fields(want[n]) {
				if v, _ := pep440.Parse(text); list[0].Pin.Admits(v) != admits {
					t.Errorf("%s admits %s: %t", constraint, text, !admits)
				}
			}
		}
	}
}

// A lock holds what would contradict it, and nothing that stays inside.
func TestLock(t *testing.T) {
	src := "[project]\ndependencies = ['a==1.1', 'b>=1,<2']\n"
	for _, lock := range []string{"app/uv.lock", "uv.lock", "app/poetry.lock"} {
		repo := fstest.MapFS{file: {Data: []byte(src)}, lock: {}, "pyproject.toml": {Data: []byte("[tool.uv.workspace]\nmembers = ['app']\n")}}
		list, err := eco().Extract(repo, file)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		inside, _ := pep440.Parse("1.5")
		if eco().Limit(list[0])(inside) == "" || eco().Limit(list[1])(inside) != "" {
			t.Errorf("%s holds the wrong ones", lock)
		}
	}
	list, _ := eco().Extract(fstest.MapFS{file: {Data: []byte(src)}, "poetry.lock": {}}, file)
	if eco().Limit(list[0]) != nil {
		t.Error("a lock of another project holds")
	}
}

func another(ecosystems.Dependency) ecosystems.Target {
	v, _ := pep440.Parse("7.8.9")
	return ecosystems.Target{Version: v}
}

// tables of a file; each may come once only, or TOML is not valid.
var tables = []string{
	"[project]\nname = 'x'\ndependencies = [\n    'a==1.1', # why\n    \"b~=1.2.3\",\n]\n", "[build-system]\nrequires = [\"c==1.3\"]\n", "[dependency-groups]\nx = ['d==1.4', {include-group = 'y'}]\n",
	"[tool.poetry.dependencies]\npython = '^3.8'\ne = \"1.5\"\nf = {version = '^1.6', optional = true}\n", "[tool.uv]\ndev-dependencies = ['g', 'h==1.7; python_version < \"3.9\"']\n", "[tool.other]\ndependencies = ['no==1.8']\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, eco(), file, "# head\n", tables, another)
}

func FuzzExtract(f *testing.F) { ecosystemtest.Fuzzed(f, eco(), file, tables, another) }

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, eco(), another) }
