package download

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// TestRefused is what must not move, and why.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, dependency, src string
		change                func(w *world)
		code, text            string // the text holds this
	}{
		{name: "a swapped file", dependency: "redis", src: shapes[3].src, change: func(w *world) { w.changed["redis 1.0.0 redis-1.0.0.tar.gz"] = true },
			code: ecosystems.ChecksumMismatch, text: "the file was changed after it was published"},
		{name: "a swapped file of one architecture", dependency: "acme/tool", src: shapes[8].src, change: func(w *world) { w.changed["acme/tool 1.0.0 tool_1.0.0_linux_arm64.tar.gz"] = true },
			code: ecosystems.ChecksumMismatch, text: "tool_1.0.0_linux_arm64.tar.gz"},
		{name: "a swapped file in a case arm", dependency: "go", src: shapes[6].src, change: func(w *world) { w.changed["go 1.0.0 go1.0.0.linux-armv6l.tar.gz"] = true },
			code: ecosystems.ChecksumMismatch, text: "go1.0.0.linux-armv6l.tar.gz"},
		{name: "a checksum that is in no list", dependency: "tianon/gosu", src: "FROM debian\nENV GOSU_VERSION={V} GOSU_SHA512={sha512 x}\nRUN curl -LO " + gosuURL + "/$GOSU_VERSION/gosu-amd64\n",
			code: ecosystems.ChecksumUnknown, text: "no sha512 is published for 1.0.0 of tianon/gosu, only sha256"},
		{name: "no list at all", dependency: "acme/tool", src: "FROM debian\nENV TOOL_VERSION={V}\nENV TOOL_SHA256=" + zeros + "\nRUN wget https://github.com/acme/tool/archive/v$TOOL_VERSION.tar.gz && echo $TOOL_SHA256 t | sha256sum -c\n",
			code: ecosystems.ChecksumUnknown, text: "trust: compute"},
		{name: "a missing architecture", dependency: "acme/tool", src: shapes[7].src, change: func(w *world) { w.gone["acme/tool 1.0.1 tool_1.0.1_linux_arm64.tar.gz"] = true },
			code: ecosystems.Platform, text: "tool_1.0.1_linux_arm64.tar.gz"},
		{name: "a missing architecture without checksums", dependency: "tianon/gosu", src: shapes[len(shapes)-1].src, change: func(w *world) { w.gone["tianon/gosu 1.0.1 gosu-i386"] = true },
			code: ecosystems.Platform, text: "gosu-i386"},
		{name: "MAJOR would have to change", dependency: "acme/other", src: "FROM debian\nENV OTHER_MAJOR 1.0\nENV OTHER_VERSION {V}\nRUN curl -LO https://github.com/acme/other/releases/download/$OTHER_VERSION/other-$OTHER_VERSION.zip\n",
			change: func(w *world) { w.versions["acme/other"] = []string{"1.0.0", "1.0.1", "1.1.0"} }, code: ecosystems.Conflict, text: "1.0 stands in another text of the file"},
		{name: "a release that was deleted", dependency: "acme/tool", src: shapes[7].src, change: func(w *world) { w.gone["api.github.com/repos/acme/tool/releases/tags/v1.0.0"] = true },
			code: ecosystems.ChecksumUnknown, text: "what is published of 1.0.0 of acme/tool is not there any more"},
		{name: "latest", dependency: "acme/tool", src: "FROM debian\nRUN curl -LO https://github.com/acme/tool/releases/latest/download/tool_linux_amd64.tar.gz\n", code: ecosystems.URL, text: "latest"},
		{name: "a version from a command", dependency: "acme/tool", src: "FROM debian\nRUN V=$(curl -s https://api.github.com/x | jq -r .tag_name) && curl -LO https://github.com/acme/tool/releases/download/$V/tool.tar.gz\n", code: ecosystems.Variable, text: "when the script runs"},
		{name: "two variables", dependency: "acme/tool", src: "FROM debian\nARG A=1\nARG B=0.0\nRUN curl -LO https://github.com/acme/tool/releases/download/v$A.$B/tool_$A.${B}_linux_amd64.tar.gz\n", code: ecosystems.Variable, text: "put together"},
		{name: "two truths", dependency: "redis", src: "FROM alpine\nENV REDIS_VERSION 0.9.9\nENV REDIS_DOWNLOAD_URL http://download.redis.io/releases/redis-{V}.tar.gz\nRUN wget $REDIS_DOWNLOAD_URL\n", code: ecosystems.Conflict, text: "REDIS_VERSION says 0.9.9, and the address says 1.0.0"},
		{name: "an unknown host", dependency: "dl.example.net/x/x-1.0.0.tar.gz", src: "FROM debian\nRUN curl -LO https://dl.example.net/x/x-1.0.0.tar.gz\n", code: ecosystems.URL, text: "nothing is known of the versions at dl.example.net"},
		{name: "a generated file", dependency: "redis", src: "#\n# NOTE: THIS DOCKERFILE IS GENERATED VIA \"apply-templates.sh\"\n#\n# PLEASE DO NOT EDIT IT DIRECTLY.\n#\n" + shapes[3].src, code: ecosystems.Unsupported, text: "generated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, p := range []string{"tianon/gosu", "redis/redis", "acme/tool", "acme/other", "go"} {
				w.versions[p] = []string{"1.0.0", "1.0.1"}
			}
			src := fill(c.src, "1.0.0")
			if c.change != nil {
				c.change(w)
			}
			to := "1.0.1"
			if c.name == "MAJOR would have to change" {
				to = "1.1.0"
			}
			got, why := step(t, w.ecosystem(), src, c.dependency, to)
			if why.Code != c.code || !strings.Contains(why.Text, c.text) || got != src {
				t.Errorf("%s: %q, want %s: %q", why.Code, why.Text, c.code, c.text)
			}
		})
	}
}

// TestSetElsewhere: an argument that another file of the repository sets is not edited.
func TestSetElsewhere(t *testing.T) {
	src := "FROM debian\nARG TOOL_VERSION=1.0.0\nRUN curl -LO https://github.com/acme/tool/releases/download/v$TOOL_VERSION/tool_${TOOL_VERSION}_linux_amd64.tar.gz\n"
	for _, c := range []struct{ file, text, where string }{
		{"compose.yaml", "services:\n  a:\n    build:\n      context: .\n      args:\n        TOOL_VERSION: 1.0.0\n", "compose.yaml:6"},
		{".github/workflows/ci.yml", "jobs:\n  x:\n    steps:\n    - uses: docker/build-push-action@v5\n      with:\n        build-args: |\n          TOOL_VERSION=1.0.0\n", ".github/workflows/ci.yml:7"},
		{"docker-bake.hcl", "target \"x\" {\n  args = {\n    TOOL_VERSION = \"1.0.0\"\n  }\n}\n", "docker-bake.hcl:3"},
		{"compose.yaml", "services:\n  a:\n    image: x\n    environment:\n      TOOL_VERSION: 1.0.0\n", ""},
	} {
		repo := fstest.MapFS{"Dockerfile": {Data: []byte(src)}, c.file: {Data: []byte(c.text)}}
		list, err := newWorld(t).ecosystem().Extract(repo, "Dockerfile")
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if got := list[0].Skip.Text; (c.where == "") != (got == "") || !strings.Contains(got, c.where) {
			t.Errorf("%s: %q, want %q", c.file, got, c.where)
		}
	}
}

// TestCompute: where the operator allows it, one download tells what nothing publishes.
func TestCompute(t *testing.T) {
	w := newWorld(t)
	w.versions["acme/tool"] = []string{"1.0.0", "1.0.1"}
	e := w.ecosystem()
	form := "FROM debian\nENV TOOL_VERSION={V}\nENV TOOL_SHA256={sha256 github.com/acme/tool/archive/v{V}.tar.gz}\nRUN wget https://github.com/acme/tool/archive/v$TOOL_VERSION.tar.gz && echo $TOOL_SHA256 t | sha256sum -c\n"
	src := fill(form, "1.0.0")
	d := extract(t, e, src)[0]
	d.Trust = ecosystems.TrustCompute
	if why, err := e.Prove(context.Background(), d); err != nil || !why.IsZero() {
		t.Fatal(why, err)
	}
	l, _ := e.Versions(context.Background(), d.Package)
	target, err := e.Pins(context.Background(), d, l.Candidates[1].Version)
	if err != nil || !target.Hold.IsZero() {
		t.Fatal(target, err)
	}
	edits, err := e.Edit(d, target)
	if err != nil {
		t.Fatal(err)
	}
	after, err := ecosystems.Apply([]byte(src), edits)
	if err != nil || string(after) != fill(form, "1.0.1") || target.Files[0].Trust != "computed" {
		t.Errorf("%s %v %+v", after, err, target.Files)
	}
}

// TestTrust: what settings demand of a checksum is kept.
func TestTrust(t *testing.T) {
	w := newWorld(t)
	w.versions["tianon/gosu"] = []string{"1.0.0", "1.0.1"}
	w.assets["tianon/gosu"] = []string{"gosu-amd64"}
	e := w.ecosystem()
	d := extract(t, e, fill(shapes[0].src, "1.0.0"))[0]
	d.Trust = ecosystems.TrustListed
	l, _ := e.Versions(context.Background(), d.Package)
	target, err := e.Pins(context.Background(), d, l.Candidates[1].Version)
	if err != nil || target.Hold.Code != ecosystems.ChecksumUnknown {
		t.Errorf("%+v, %v", target, err)
	}
}

// TestHostileTargets: nothing but a version and digits is written.
func TestHostileTargets(t *testing.T) {
	w := newWorld(t)
	e := w.ecosystem()
	d := extract(t, e, fill(shapes[0].src, "1.0.0"))[0]
	for _, text := range []string{"", "1.0\nRUN x", "$(id)", "1.0; rm -rf /", "-x", "1.0'\"", strings.Repeat("1", 200)} {
		to := ecosystems.Target{}
		to.Version.Text = text
		if edits, err := e.Edit(d, to); err == nil {
			t.Errorf("Edit to %q = %v", text, edits)
		}
	}
	to := ecosystems.Target{}
	to.Version.Text = "1.0.1"
	was := sum("sha256", "tianon/gosu 1.0.0 gosu-amd64")
	for _, hex := range []string{"$(id)", zeros[1:], zeros + "0", strings.Repeat("g", 64)} {
		to.Files = []ecosystems.File{{Was: "sha256:" + was, Checksum: "sha256:" + hex}}
		edits, err := e.Edit(d, to)
		for _, one := range edits {
			if strings.Contains(one.New, hex) {
				t.Errorf("Edit writes %q: %v", hex, err)
			}
		}
	}
}

// FuzzExtract: whatever a file is, places lie inside it and edits can be made.
func FuzzExtract(f *testing.F) {
	for _, s := range append(shapes, publicShapes...) {
		f.Add(fill(s.src, s.from))
	}
	e := New(nil, nil, nil)
	f.Fuzz(func(t *testing.T, src string) {
		list, err := e.Extract(fstest.MapFS{"Dockerfile": {Data: []byte(src)}}, "Dockerfile")
		if err != nil {
			return
		}
		for _, d := range list {
			for _, at := range d.At {
				if at.Start < 0 || at.End < at.Start || at.End > len(src) {
					t.Fatalf("%s stands at %v of %d", d.Name, at, len(src))
				}
			}
			if !d.Skip.IsZero() {
				continue
			}
			to := ecosystems.Target{}
			to.Version.Text = "9.9.9"
			if edits, err := e.Edit(d, to); err == nil {
				if _, err := ecosystems.Apply([]byte(src), edits); err != nil {
					t.Fatal(fmt.Sprint(err))
				}
			}
		}
	})
}

// TestHostileFiles holds that files that would make the reader descend or work without end are read within bounds.
func TestHostileFiles(t *testing.T) {
	e := New(nil, nil, nil)
	url := "https://github.com/a/b/releases/download/v1.0.0/b_1.0.0.tgz"
	for _, text := range []string{
		strings.Repeat("${a:-", 200_000), strings.Repeat("$(", 300_000), strings.Repeat("a=\"b ", 200_000), strings.Repeat("`", 500_000),
		strings.Repeat("curl "+url+" && ", 20_000) + "true", strings.Repeat("echo "+zeros+" ", 20_000), strings.Repeat("curl "+url+"; echo "+zeros+"; ", 5_000),
		strings.Repeat("A=$A$A$A; ", 20_000) + "curl $A" + url, "A=1 B=$A$A C=$B$B D=$C$C E=$D$D; curl https://x/$E$E$E", strings.Repeat("b-1.0.0 ", 100_000) + url,
		strings.Repeat("case x in y) u=1;; z) u=2;; esac; ", 10_000) + "curl https://x/$u$u$u$u$u$u$u$u/x-1.0.0.tgz", strings.Repeat("pip install a==1 ", 50_000),
	} {
		list, err := e.Extract(fstest.MapFS{"Dockerfile": {Data: []byte("FROM a\nRUN " + text + "\nENV X=" + zeros + "\n")}}, "Dockerfile")
		if len(list) > 10_000 {
			t.Errorf("%.20q: %d dependencies, %v", text, len(list), err)
		}
	}
}
