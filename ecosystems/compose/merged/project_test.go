package merged

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// projects returns the archives of projects. The file "want" of each has its
// services, of which testdata/against proves that compose-go reads the same.
func projects(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	files, err := filepath.Glob("testdata/projects/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d projects: %v", len(files), err)
	}
	out := map[string]*txtar.Archive{}
	for _, file := range files {
		if out[file], err = txtar.ParseFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestProjectIsThatOfCompose(t *testing.T) {
	for name, archive := range projects(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			tree := fstest.MapFS{}
			var files []string
			for _, f := range archive.Files {
				tree[f.Name] = &fstest.MapFile{Data: f.Data}
				if f.Name == "compose.yaml" || f.Name == "compose.override.yaml" {
					files = append(files, f.Name)
				}
			}
			got := Projects(tree, files)
			if len(got) != 1 {
				t.Fatalf("%d projects", len(got))
			}
			if diff := cmp.Diff(string(tree["want"].Data), facts(got[0])); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// facts describes the services of a project, one fact a line.
func facts(p *Project) string {
	var lines []string
	for _, s := range p.Services {
		n := s.Node
		list := []string{"image " + n.Get("image").String(), "user " + n.Get("user").String(), "hostname " + n.Get("hostname").String(),
			fmt.Sprint("privileged ", n.Get("privileged").True()), fmt.Sprint("read_only ", n.Get("read_only").True())}
		list = append(list, sortedPairs("env ", n.Get("environment").Pairs())...)
		list = append(list, sortedPairs("label ", n.Get("labels").Pairs())...)
		for _, e := range n.Get("ports").Elements() {
			port := ReadPort(e)
			list = append(list, fmt.Sprintf("port %s:%s", port.Published, port.Target))
		}
		for _, e := range n.Get("volumes").Elements() {
			m := ReadMount(e)
			list = append(list, fmt.Sprintf("volume %s %s:%s %v", m.Type, strings.TrimPrefix(m.Source, "./"), m.Target, m.ReadOnly))
		}
		for _, key := range []string{"depends_on", "networks"} {
			var names []string
			for _, f := range n.Get(key).Names() {
				names = append(names, map[string]string{"depends_on": "needs ", "networks": "network "}[key]+f.Key)
			}
			slices.Sort(names)
			list = append(list, names...)
		}
		for _, key := range []string{"cap_add", "cap_drop"} {
			for _, e := range n.Get(key).Elements() {
				list = append(list, "cap "+e.String())
			}
		}
		var command []string
		for _, e := range n.Get("command").Elements() {
			command = append(command, e.String())
		}
		for _, fact := range append(list, "command "+strings.Join(command, " ")) {
			lines = append(lines, s.Name+": "+fact+"\n")
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(service(a), service(b)) })
	return strings.Join(lines, "")
}

func service(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return name
}

func sortedPairs(word string, pairs []Field) (out []string) {
	for _, f := range pairs {
		text := word + f.Key
		if !f.Value.Null {
			text += "=" + f.Value.Text
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func TestProjects(t *testing.T) {
	tree := fstest.MapFS{}
	for name, text := range map[string]string{
		"a/docker-compose.yml":          "services: {x: {build: .}}\n",
		"a/docker-compose.override.yml": "services: {x: {user: root}}\n",
		"a/docker-compose.prod.yml":     "services: {x: {restart: always}}\n",
		"a/docker-compose.other.yml":    "services: {y: {image: 'y:1'}}\n",
		"b/compose.yaml":                "include: [parts/db.compose.yaml]\n",
		"b/parts/db.compose.yaml":       "services: {db: {image: 'db:1'}}\n",
		"c/compose.yaml":                "web:\n  image: x\n  ports: ['80:80']\n",
		"d/compose.yaml":                "a: &a\n  b: *a\nservices: {x: {<<: *a, image: y}}\n",
		"e/compose.yaml":                "services:\n  {% for x in y %}\n  a: {image: x}\n",
		"f/compose.yaml":                "include: [compose.yaml, ../../etc/x.yaml, /etc/y.yaml, gone.yaml]\nservices: {a: {extends: a}, b: {extends: {file: ../../x, service: y}}}\n",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	var files []string
	for name := range tree {
		files = append(files, name)
	}
	var got []string
	for _, p := range Projects(tree, files) {
		line := strings.Join(p.Files, "+") + ":"
		for _, s := range p.Services {
			line += " " + s.Name
			if b, ok := s.Build(); ok {
				line += "=" + b.Dockerfile
			}
		}
		for _, trouble := range p.Troubles {
			line += " (" + trouble.Text + ")"
		}
		got = append(got, line)
	}
	want := []string{
		"a/docker-compose.yml+a/docker-compose.override.yml: x=a/Dockerfile",
		"a/docker-compose.other.yml: y",
		"a/docker-compose.yml+a/docker-compose.prod.yml: x=a/Dockerfile",
		"b/compose.yaml+b/parts/db.compose.yaml: db",
		"c/compose.yaml: web",
		"d/compose.yaml: x",
		"e/compose.yaml: (a template fills the file in)",
		"f/compose.yaml+f/gone.yaml: a b (the file is not in the repository)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every place that a node tells is that of its text.
func TestNodePlaces(t *testing.T) {
	src := "services:\r\n  \"we b\": &w # x\r\n    image: 'x:1'\r\n    user: \"a\\u0041\"\r\n    command: [é, \"two\", three] # c\r\n    environment:\r\n      - A=1\r\n      - 'B=2'\r\n"
	p := Projects(fstest.MapFS{"compose.yaml": {Data: []byte(src)}}, []string{"compose.yaml"})[0]
	s := p.Services[0]
	for _, c := range []struct {
		n    *Node
		want string
	}{
		{&Node{At: s.At}, `"we b"`},
		{s.Node.Get("image"), "'x:1'"},
		{s.Node.Get("user"), `"a\u0041"`},
		{s.Node.Get("command").Items[0], "é"},
		{s.Node.Get("command").Items[1], `"two"`},
		{s.Node.Get("command").Items[2], "three"},
		{s.Node.Get("environment").Pairs()[1].Value, "'B=2'"},
	} {
		if got := src[c.n.At.Start:c.n.At.End]; got != c.want {
			t.Errorf("place of %q is %q", c.want, got)
		}
	}
}

func TestMountsAndPorts(t *testing.T) {
	for text, want := range map[string]string{
		"/data": "volume :/data false", "./a:/b:ro,z": "bind ./a:/b true", "data:/b": "volume data:/b false", `C:\a:/b`: `bind C:\a:/b false`,
		"~/x:/y:rw": "bind ~/x:/y false", "/var/run/docker.sock:/var/run/docker.sock": "bind /var/run/docker.sock:/var/run/docker.sock false", "": "volume : false",
	} {
		m := ReadMount(&Node{Text: text, Raw: text})
		if got := fmt.Sprintf("%s %s:%s %v", m.Type, m.Source, m.Target, m.ReadOnly); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"80": " >80 true", "8080:80": "8080>80 true", "127.0.0.1:8080:80/tcp": "127.0.0.1 8080>80 false", "[::1]:80:80": "::1 80>80 false",
		"0.0.0.0:1-9:1-9": "0.0.0.0 1-9>1-9 true", "::1:80:80": "::1 80>80 false", "127.0.0.1::80": "127.0.0.1 >80 false",
	} {
		p := ReadPort(&Node{Text: text, Raw: text})
		if got := strings.TrimPrefix(fmt.Sprintf("%s %s>%s %v", p.Host, p.Published, p.Target, p.Everywhere()), " "); got != strings.TrimPrefix(want, " ") {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

// Aliases of aliases, deep nesting and long chains end.
func TestProjectBombs(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("x0: &x0 {a: lol}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&laughs, "x%d: &x%d {a: *x%d, b: *x%d, c: [*x%d, *x%d]}\n", i, i, i-1, i-1, i-1, i-1)
	}
	laughs.WriteString("services: {a: *x59, b: {image: x, environment: *x59, deploy: *x59}}\n")
	chain := "services:\n  s0: {image: x}\n"
	for i := 1; i < 2000; i++ {
		chain += fmt.Sprintf("  s%d: {extends: s%d}\n", i, i-1)
	}
	wide := "services:\n" + strings.Repeat("  a: {image: x}\n", 1) + "x: [" + strings.Repeat("a,", 200_000) + "]\n"
	for name, text := range map[string]string{
		"laughs": laughs.String(), "chain": chain, "wide": wide, "deep": "services: " + strings.Repeat("{a: ", 5000) + strings.Repeat("}", 5000) + "\n",
	} {
		tree := fstest.MapFS{"compose.yaml": {Data: []byte(text)}, "compose.override.yaml": {Data: []byte(text)}}
		p := Projects(tree, []string{"compose.yaml", "compose.override.yaml"})[0]
		if name == "wide" && len(p.Troubles) == 0 {
			t.Errorf("%s: no trouble", name)
		}
		for _, s := range p.Services {
			_, _ = s.Build()
		}
	}
}

func FuzzProject(f *testing.F) {
	for _, archive := range projects(f) {
		for _, file := range archive.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		tree := fstest.MapFS{"compose.yaml": {Data: []byte(src)}, "compose.override.yml": {Data: []byte(src)}, ".env": {Data: []byte("A=1")}}
		for _, p := range Projects(tree, []string{"compose.yaml", "compose.override.yml"}) {
			for _, s := range p.Services {
				if s.Node == nil || s.At.File == "" || s.At.End > len(src) {
					t.Fatalf("service %q stands at %v", s.Name, s.At)
				}
				checkPlaces(t, s.Node, len(src), 0)
				_, _ = s.Build()
			}
		}
	})
}

func checkPlaces(t *testing.T, n *Node, size, depth int) {
	if n.At.Start < 0 || n.At.Start > n.At.End || n.At.End > size {
		t.Fatalf("%q stands at %v of %d", n.Text, n.At, size)
	}
	if depth > 5 {
		return
	}
	for _, f := range n.Fields {
		checkPlaces(t, f.Value, size, depth+1)
	}
	for _, item := range n.Items {
		checkPlaces(t, item, size, depth+1)
	}
}
