package actions

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
)

// FuzzExtract: whatever stands in a workflow, every pin has a place inside of it, and what is edited reads back.
func FuzzExtract(f *testing.F) {
	f.Add([]byte(step("uses: actions/checkout@" + old + " # v4.2.1")))
	f.Add([]byte(step("{uses: 'a/b@v1'} # x\n      - uses: docker://a:1 # y")))
	f.Add([]byte("jobs: {a: {container: {image: a:1}, steps: &s [{uses: >-\n a/b@v1}]}, b: {steps: *s}}"))
	f.Add([]byte("runs:\n  steps:\n  - <<: &x {uses: \"a/b@refs/tags/v1\"}\n  - uses: {{ x }}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		const file = "action.yml"
		eco := New(nil, nil, "")
		deps, err := eco.Extract(fstest.MapFS{file: {Data: src}}, file)
		if err != nil {
			return
		}
		for n, d := range deps {
			at := d.At[0]
			if at.Start < 0 || at.End < at.Start || at.End > len(src) {
				t.Fatalf("%s at %+v of %d bytes", d.Name, at, len(src))
			}
			if !d.Skip.IsZero() || d.Package.Kind != kind {
				continue
			}
			to := ecosystems.Target{Version: gittag.Parse("v99.9.9"), Digest: newer}
			edits, err := eco.Edit(d, to)
			if err != nil {
				continue
			}
			after, err := ecosystems.Apply(src, edits)
			if err != nil {
				t.Fatalf("%s: %v", d.Name, err)
			}
			again, err := eco.Extract(fstest.MapFS{file: {Data: after}}, file)
			if err != nil || len(again) != len(deps) || again[n].Pin.Version.Text != "v99.9.9" {
				t.Fatalf("%q\nbecame\n%q: %v, %d pins, not %d", src, after, err, len(again), len(deps))
			}
		}
	})
}

// TestBytesStay: of a generated workflow only the references and their comments change.
func TestBytesStay(t *testing.T) {
	quote := rapid.SampledFrom([]string{"", "'", "\""})
	tail := rapid.SampledFrom([]string{"", "  ", " # v1.2.3", "  #v1", " # why", " # tag=v1.2.3 # zizmor: ignore", "\t# pin @v1.2"})
	ref := rapid.SampledFrom([]string{"v1", "v1.2.3", old, "refs/tags/v1.2.3", "name/v1.0.0"})
	eol := rapid.SampledFrom([]string{"\n", "\r\n"})
	rapid.Check(t, func(t *rapid.T) {
		end := eol.Draw(t, "eol")
		var src, want strings.Builder
		add := func(text string) { src.WriteString(text); want.WriteString(text) }
		add("jobs:" + end + "  a:" + end + "    steps:" + end)
		n := rapid.IntRange(1, 6).Draw(t, "steps")
		for i := range n {
			q, r, c := quote.Draw(t, "quote"), ref.Draw(t, "ref"), tail.Draw(t, "tail")
			add(fmt.Sprintf("      - name: 'é %d' # v0", i) + end + "        uses: " + q + "acme/tool" + fmt.Sprint(i) + "@")
			src.WriteString(r)
			want.WriteString(newer)
			add(q)
			src.WriteString(c + end)
			want.WriteString(moved(c) + end)
		}
		add("      - run: echo acme/tool0@v1 # v1.2.3" + end)
		const file = ".github/workflows/x.yml"
		eco := New(nil, nil, "")
		deps, err := eco.Extract(fstest.MapFS{file: {Data: []byte(src.String())}}, file)
		if err != nil || len(deps) != n {
			t.Fatalf("%d pins, %v\n%s", len(deps), err, src.String())
		}
		var edits []ecosystems.Edit
		for _, d := range deps {
			more, err := eco.Edit(d, ecosystems.Target{Version: gittag.Parse("v9.8.7"), Digest: newer})
			if err != nil {
				t.Fatal(err)
			}
			edits = append(edits, more...)
		}
		after, err := ecosystems.Apply([]byte(src.String()), edits)
		if err != nil || !bytes.Equal(after, []byte(want.String())) {
			t.Fatalf("%v\n got %q\nwant %q", err, after, want.String())
		}
	})
}

// moved is what becomes of the end of a line.
func moved(tail string) string {
	for _, was := range []string{"v1.2.3", "v1.2", "v1"} {
		if strings.Contains(tail, was) {
			return strings.Replace(tail, was, "v9.8.7", 1)
		}
	}
	if strings.Contains(tail, "#") {
		return strings.Replace(tail, "#", "# v9.8.7 #", 1)
	}
	return " # v9.8.7" + tail
}

// BenchmarkOtherFiles: a tree of 20,000 YAML files that are no workflows, which
// their names alone tell.
func BenchmarkOtherFiles(b *testing.B) {
	files := make([]string, 20_000)
	for n := range files {
		files[n] = fmt.Sprintf("deploy/%d/templates/service-%d.yaml", n%100, n)
	}
	eco := New(nil, nil, "")
	for b.Loop() {
		for _, f := range files {
			if eco.Match(f) {
				b.Fatal(f)
			}
		}
	}
}
