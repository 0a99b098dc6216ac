package pypi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMetadata(t *testing.T) {
	for _, c := range []struct {
		text string
		want Metadata
		err  string
	}{
		{"Metadata-Version: 2.1\r\nName: A\r\nVersion: 1\r\nRequires-Dist: b (>=1)\r\n ; extra == 'x'\r\n\r\nRequires-Dist: not\r\n",
			Metadata{Name: "A", Version: "1", RequiresDist: []string{"b (>=1) ; extra == 'x'"}}, ""},
		{"name:a\nVERSION : 1\nName: b\nRequires-Python: >=3.8\nRequires-Python: <3", Metadata{Name: "a", Version: "1", RequiresPython: ">=3.8"}, ""},
		{"Name: a\nVersion: 1\nHome-page: https://x.example\nProject-URL: Source Code, https://y.example/a,b\nProject-URL: none",
			Metadata{Name: "a", Version: "1", URLs: []URL{{"Homepage", "https://x.example"}, {"Source Code", "https://y.example/a,b"}}}, ""},
		{"Description: one\n        \n        two: three\nName: a\nVersion: 1\n", Metadata{Name: "a", Version: "1"}, ""}, // an empty line of a folded field
		{"\nName: a\nVersion: 1\n", Metadata{}, "no name"},
		{"<html>\n", Metadata{}, "no field"},
		{"Name: a\n", Metadata{}, "no name or no version"},
		{strings.Repeat("X: y\n", maxFields+1), Metadata{}, "more than"},
	} {
		got, err := parseMetadata([]byte(c.text))
		if fmt.Sprint(err) == "<nil>" != (c.err == "") || c.err != "" && !strings.Contains(err.Error(), c.err) {
			t.Errorf("parseMetadata(%.80q): %v, want %q", c.text, err, c.err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("parseMetadata(%.80q): %s", c.text, diff)
		}
	}
}

// FuzzParseMetadata: whatever an index serves is read or refused, and what is
// read has the two fields that every release has.
func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte("Name: a\nVersion: 1\nRequires-Dist: b\n c\n\nx"))
	f.Add([]byte(" \n:\n\t\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := parseMetadata(data); err == nil && (m.Name == "" || m.Version == "") {
			t.Errorf("%q: %+v", data, m)
		}
	})
}

func TestDescribed(t *testing.T) {
	there := metafile{there: true, sha256: "aa"}
	for _, c := range []struct {
		files []file
		want  string
	}{
		{nil, ""},
		{[]file{{name: "a-1.tar.gz", url: "s", metadata: there}, {name: "a-1-cp311-cp311-win32.whl", url: "w", metadata: there}, {name: "a-1-cp311-cp311-manylinux_x86_64.whl", url: "l", metadata: there}}, "l"},
		{[]file{{name: "a-1-py3-none-any.whl", url: "any"}, {name: "a-1.tar.gz", url: "s", metadata: there}}, "s"},
		{[]file{{name: "a-1-py3-none-any.whl", url: "any", metadata: there, yanked: true}, {name: "a-1.tar.gz", url: "s", metadata: there}}, "s"},
		{[]file{{name: "a-1-py3-none-any.whl", metadata: there}}, ""},
	} {
		if got := metadataOf(c.files); got.url != c.want {
			t.Errorf("metadataOf(%v) = %q, want %q", c.files, got.url, c.want)
		}
	}
}

func TestMetafile(t *testing.T) {
	for text, want := range map[string]metafile{
		`true`: {there: true}, `false`: {}, `null`: {}, `"x"`: {}, `{}`: {there: true}, `{"sha256":"ab"}`: {true, "ab"}, `{"sha512":"ab"}`: {there: true}, `{"sha256":1}`: {},
	} {
		var m metafile
		if err := m.UnmarshalJSON([]byte(text)); err != nil || m != want {
			t.Errorf("%s: %+v, %v; want %+v", text, m, err, want)
		}
	}
	for text, want := range map[string]metafile{"": {}, "true": {there: true}, "sha256=ab": {true, "ab"}, "md5=ab": {there: true}, "false": {}} {
		if got := metafileOf(text); got != want {
			t.Errorf("metafileOf(%q) = %+v, want %+v", text, got, want)
		}
	}
}
