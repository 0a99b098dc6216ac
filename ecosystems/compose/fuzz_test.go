package compose

import (
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// onTrack returns a version on the track of a pin, which differs in the first
// number behind the text before the variable; false where there is none.
func onTrack(p ecosystems.Pin) (version.Version, bool) {
	text := []byte(p.Text)
	i := len(p.Before)
	for i < len(text)-len(p.After) && (text[i] < '0' || text[i] > '9') {
		i++
	}
	if i == len(text)-len(p.After) {
		return version.Version{}, false
	}
	text[i] = '1' + (text[i]-'0')%8
	v := dockertag.Parse(string(text))
	return v, v.Track == p.Version.Track
}

// FuzzExtract checks that every edit of every file can be read back.
func FuzzExtract(f *testing.F) {
	for _, s := range bodies {
		f.Add("services:\n  a:\n"+s, "A=1.13")
	}
	f.Add("x: &a [*a]\nservices: *a", "")
	f.Add("%YAML 1.1\n---\nservices: {a: {image: >-\n a:1\n}}", "")
	f.Fuzz(func(t *testing.T, src, env string) {
		if strings.ContainsAny(src+env, "\x00") {
			return
		}
		for _, d := range extract(t, src, env) {
			if !d.Skip.IsZero() {
				continue
			}
			v, ok := onTrack(d.Pin)
			if !ok {
				continue
			}
			to := ecosystems.Target{Version: v, Digest: new}
			newSrc, newEnv := edited(t, src, env, d, to)
			found := false
			for _, is := range extract(t, newSrc, newEnv) {
				found = found || is.Package == d.Package && is.Pin.Text == to.Version.Text
			}
			if !found {
				t.Fatalf("%q, %q became %q, %q without %s:%s", src, env, newSrc, newEnv, d.Name, to.Version.Text)
			}
		}
	})
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// edited returns the Compose file and the .env with the edits of one dependency made.
func edited(t fataler, src, env string, d ecosystems.Dependency, to ecosystems.Target) (string, string) {
	t.Helper()
	edits, err := New(nil).Edit(d, to)
	if err != nil {
		t.Fatalf("Edit(%s) in %q: %v", d.Name, src, err)
	}
	files := map[string]string{"app/compose.yaml": src, "app/.env": env}
	byFile := map[string][]ecosystems.Edit{}
	for _, e := range edits {
		byFile[e.At.File] = append(byFile[e.At.File], e)
	}
	for file, edits := range byFile {
		out, err := ecosystems.Apply([]byte(files[file]), edits)
		if err != nil {
			t.Fatalf("Apply to %q: %v", files[file], err)
		}
		files[file] = string(out)
	}
	return files["app/compose.yaml"], files["app/.env"]
}

// bodies are bodies of a service.
var bodies = []string{
	"    image: nginx:1.13", "    image: 'nginx:1.13'", "    image: \"nginx:1.13\" # c", "    image: &i nginx:1.13", "    image: >-\n      nginx:1.13",
	"    image: |\n      nginx:1.13", "    image: nginx:${T:-1.13}", "    image: nginx:$A", "    image: nginx:${A}-x", "    image: nginx@" + sha + " # 1.13",
	"    image: 'nginx:1.13@" + sha + "' # 1.13", "    build: .\n    image: own:1.0", "    image: nginx:$NONE", "    {image: nginx:1.13, x: [1]}",
	"    build:\n      dockerfile_inline: |\n        FROM in:1.1\n\n        COPY --from=line:2.2 / /", "    image: nginx\n    platform: linux/arm64",
	"    volumes:\n      - {type: image, source: 'vol:1.2', target: /x}", "    pre_start:\n      - image: init:3.4 # c\n        command: [x]", "    image: !override nginx:1.13",
	"    build:\n      additional_contexts: {x: 'docker-image://ctx:5.6', y: ../y}", "    image: ${N:-${M:-nginx:1.13}}", "    image: 'nginx:${E-1.13}'",
	"    image: Bad:1", "    image: '{{ x }}:1.0'", "    <<: *base", "    image: \"n\\x67inx:1.13\"",
}

func drawFile(t *rapid.T) (src, env string) {
	src = "x-base: &base\n  image: base:4.5\nservices:\n"
	for i, body := range rapid.SliceOfN(rapid.SampledFrom(bodies), 1, 8).Draw(t, "services") {
		body = strings.ReplaceAll(body, "&i", "&i"+string(rune('a'+i)))
		src += "  s" + string(rune('a'+i)) + ":\n" + body + "\n"
	}
	if rapid.Bool().Draw(t, "no final newline") {
		src = strings.TrimSuffix(src, "\n")
	}
	if rapid.Bool().Draw(t, "CRLF") {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	if rapid.Bool().Draw(t, "BOM") {
		src = "\uFEFF" + src
	}
	return src, "A=1.13\r\n"
}

// An edit, read back, changes its dependency and those that share its place, and nothing else.
func TestEditReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, env := drawFile(t)
		before := mustExtract(t, src, env)
		for n, d := range before {
			if !d.Skip.IsZero() {
				continue
			}
			to := ecosystems.Target{Version: dockertag.Parse(d.Pin.Before + "77.8" + d.Pin.After), Digest: new}
			after := mustExtract(t, editedTwo(t, src, env, d, to)...)
			if len(after) != len(before) {
				t.Fatalf("%q: %d dependencies after the edit of %s, not %d", src, len(after), d.Name, len(before))
			}
			for m := range after {
				checkRead(t, before[m], after[m], d, m == n, to)
			}
		}
	})
}

func editedTwo(t *rapid.T, src, env string, d ecosystems.Dependency, to ecosystems.Target) []string {
	a, b := edited(t, src, env, d, to)
	return []string{a, b}
}

func mustExtract(t *rapid.T, files ...string) []ecosystems.Dependency {
	repo := fstest.MapFS{"app/compose.yaml": {Data: []byte(files[0])}, "app/.env": {Data: []byte(files[1])}}
	list, err := New(nil).Extract(repo, "app/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func checkRead(t *rapid.T, was, is, moved ecosystems.Dependency, target bool, to ecosystems.Target) {
	shares := was.At[0] == moved.At[0]
	switch {
	case target && is.Pin.Text != to.Version.Text, target && is.Pin.Digest != "" != (moved.Pin.NoDigest == ""):
		t.Fatalf("%s became %s@%s, want %s", was.Name, is.Pin.Text, is.Pin.Digest, to.Version.Text)
	case !shares && (was.Name != is.Name || was.Pin.Text != is.Pin.Text || was.Pin.Digest != is.Pin.Digest || was.Skip != is.Skip):
		t.Fatalf("the edit of %s changed %+v to %+v", moved.Name, was, is)
	}
}
