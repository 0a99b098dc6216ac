package imagepin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestVersionIn(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"# 16.7", "16.7"},
		{"#16.7", "16.7"},
		{"# v16.7.1-alpine3.20", "v16.7.1-alpine3.20"},
		{"# 16.7, for the index", "16.7"},
		{"# (16.7)", ""},
		{"# tag=16.7", "16.7"},
		{"# tag: v16", "v16"},
		{"# version 16.7", "16.7"},
		{"# pinned at 16.7", "16.7"},
		{"# postgres:16.7", "16.7"},
		{"# ratchet:postgres:16.7", "16.7"},
		{"# docker.io/library/postgres:16.7", "16.7"},
		{"# ghcr.io/other/postgres:16.7", ""},
		{"# redis:16.7", ""},
		{"# latest", "latest"},
		{"# latest is fine", ""},
		{"# builder", ""},
		{"# 2 stages", ""},
		{"# 2024 was a year", ""},
		{"# https://example.com/16.7", ""},
		{"# TODO: 16.7", ""},
		{"#", ""},
		{"", ""},
	} {
		start, end, ok := versionIn(c.comment, "docker.io/library/postgres")
		if got := c.comment[start:end]; got != c.want || ok != (c.want != "") {
			t.Errorf("versionIn(%q) = %q, %v, want %q", c.comment, got, ok, c.want)
		}
	}
}

func TestIsTemplate(t *testing.T) {
	for text, want := range map[string]bool{
		"{{ .Image }}:1": true, "%%BASE%%": true, "a:@VERSION@": true, "<image>": true, "a:%TAG%": true, "{% x %}": true, "a:__TAG__": true, "<%= x %>": true,
		"python:3.6@" + sha: false, "a__b:1": false, "${A:-${B:-x}}": false, "localhost:5000/a": false,
	} {
		if got := IsTemplate(text); got != want {
			t.Errorf("IsTemplate(%q) = %v", text, got)
		}
	}
}

// text puts a reference together: "|" begins a piece, "$X=" before it names the variable, "?" has no value.
func text(pieces ...string) Text {
	ref, at := &Source{}, 0
	var out Text
	for _, s := range pieces {
		p := Piece{Text: s, From: ref, File: "f", Start: at}
		if name, value, ok := strings.Cut(s, "="); ok {
			p.From, p.Text = &Source{Variable: name, Outer: ref, Elsewhere: strings.Repeat(name+" is used twice", strings.Count(name, "2"))}, value
		}
		if p.Text == "?" {
			p.Text, p.Unknown = "", "no value"
		}
		at += len(p.Text) + 5
		out = out.Append(p)
	}
	return out
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text                               Text
		name, pin, before, after, noDigest string
		skip                               string
	}{
		{text("python:3.6"), "python", "3.6", "", "", "", ""},
		{text("python:", "V=3.6"), "python", "3.6", "", "", "", ""},
		{text("python:", "V2=3.6"), "python", "3.6", "", "", "V2 is used", ""},
		{text("python:", "V=3.6", "-slim"), "python", "3.6-slim", "", "-slim", "the tag is put", ""},
		{text("python:", "V=3.6", "S=-slim"), "python", "3.6-slim", "", "-slim", "the tag is put", ""},
		{text("python:", "A=3", ".", "B=6"), "python", "raw", "", "", "", "variable"},
		{text("python:", "V=3.6", "R=-4"), "python", "raw", "", "", "", "variable"}, // a build revision in a variable of its own
		{text("python:", "V=3.6", "@", "D="+sha), "python", "3.6", "", "", "", ""},
		{text("python:", "V=3.6", "S=-slim", "@sha256:", "H="+sha[7:]), "python", "3.6-slim", "", "-slim", "", ""},
		{text("python:", "V=3.6", "@sha256:", "A="+sha[7:17], "B="+sha[17:]), "python", "raw", "", "", "", "variable"},
		{text("python:5.7.38-", "O=debian-11-r12"), "python", "raw", "", "", "", "variable"}, // its revision is part of the version
		{text("python:", "O=jdk", "-17.0.9_9"), "python", "jdk-17.0.9_9", "jdk-", "", "the tag is put", ""},
		{text("R=a.b/", "python:3.6"), "a.b/python", "3.6", "", "", "", ""},
		{text("R=?", "python:3.6"), "", "", "", "", "", "variable"},
		{text("minio:RELEASE.", "V=2024-01-16T16-07-38Z"), "minio", "RELEASE.2024-01-16T16-07-38Z", "RELEASE.", "", "the tag is put", ""},
		{text("debian:bookworm-", "V=20240110", "-slim"), "debian", "bookworm-20240110-slim", "bookworm-", "-slim", "the tag is put", ""},
		{text("a:1u", "V=1"), "a", "raw", "", "", "", "variable"},
		{text("python:3.6", "S="), "python", "3.6", "", "", "the tag is put", ""},
		{text("python", "S="), "python", "", "", "", "put together", "unpinned"},
		{text("python:3.6@", "D="+sha), "python", "3.6", "", "", "", ""},
		{text("python:", "D=3.6@"+sha), "python", "3.6", "", "", "", ""},
		{text("python:bookworm"), "python", "bookworm", "", "", "", "unpinned"},
		{text("python:", "C=bookworm", "-slim"), "python", "bookworm-slim", "", "-slim", "the tag is put", "unpinned"},
		{text("Python"), "", "", "", "", "", "malformed"},
	} {
		d := Read(c.text, Place{Raw: "x:raw", At: ecosystems.Span{File: "f", End: 5}})
		p := d.Pin
		if c.name != "" && d.Name != c.name || p.Text != c.pin || p.Before != c.before || p.After != c.after ||
			!strings.Contains(p.NoDigest, c.noDigest) || (p.NoDigest != "") != (c.noDigest != "") || d.Skip.Code != c.skip {
			t.Errorf("Read(%q) = %s %+v %+v, want %+v", c.text.String(), d.Name, p, d.Skip, c)
		}
	}
}

func TestSettle(t *testing.T) {
	d := func(file string, start int, name, digest, platform string) ecosystems.Dependency {
		return ecosystems.Dependency{
			Name: name, Package: ecosystems.Package{Name: name}, At: []ecosystems.Span{{File: file, Start: start}},
			Pin: ecosystems.Pin{Digest: digest, Platform: platform},
		}
	}
	got := Settle("f", []ecosystems.Dependency{
		d(".env", 1, "e", "", ""), d("f", 9, "b", "", ""), d("f", 2, "a", "", "linux/arm64"), d("f", 2, "a", "", "linux/amd64"),
		d("f", 20, "x", sha, ""), d("f", 20, "y", sha, ""),
	})
	var names []string
	for _, d := range got {
		names = append(names, d.Name+d.Pin.Platform+d.Skip.Code)
	}
	if want := "a b xvariable yvariable e"; strings.Join(names, " ") != want {
		t.Errorf("Settle: %q, want %q", strings.Join(names, " "), want)
	}
}

// TestSharedDigest names the kind of package in the reason: a commit is shared by repositories, not by images.
func TestSharedDigest(t *testing.T) {
	for of, want := range map[string]string{
		"oci": "several images share this digest, which can be right for one of them only",
		"git": "several repositories share this commit, which can be right for one of them only",
	} {
		d := func(name string) ecosystems.Dependency {
			return ecosystems.Dependency{Name: name, Package: ecosystems.Package{Kind: of, Name: name}, At: []ecosystems.Span{{File: "f"}}, Pin: ecosystems.Pin{Digest: sha}}
		}
		for _, got := range Settle("f", []ecosystems.Dependency{d("x"), d("y")}) {
			if got.Skip.Text != want {
				t.Errorf("%s: %q, want %q", of, got.Skip.Text, want)
			}
		}
	}
}

// registry remembers what it was asked.
type registry struct{ asked string }

func (r *registry) Versions(_ context.Context, repository string) (ecosystems.Listing, error) {
	r.asked = "versions " + repository
	return ecosystems.Listing{}, nil
}

func (r *registry) Pins(_ context.Context, repository string, pin ecosystems.Pin, tag version.Version) (ecosystems.Target, error) {
	r.asked = "pins " + repository + ":" + tag.Text
	return ecosystems.Target{}, nil
}

func (r *registry) Published(_ context.Context, repository, ref string) (time.Time, error) {
	r.asked = "published " + repository + " " + ref
	return time.Time{}, nil
}

func (r *registry) Labels(_ context.Context, repository, ref string) (map[string]string, error) {
	r.asked = "labels " + repository + " " + ref
	return nil, nil
}

func TestLookup(t *testing.T) {
	var r registry
	l, ctx := Lookup{&r}, t.Context()
	d := ecosystems.Dependency{Package: ecosystems.Package{Name: "docker.io/a/b"}, Pin: ecosystems.Pin{Text: "1.2", Digest: sha}}
	for want, ask := range map[string]func() error{
		"versions docker.io/a/b":         func() error { _, err := l.Versions(ctx, d.Package); return err },
		"pins docker.io/a/b:1.3":         func() error { _, err := l.Pins(ctx, d, dockertag.Parse("1.3")); return err },
		"published docker.io/a/b 1.3":    func() error { _, err := l.Published(ctx, d, dockertag.Parse("1.3")); return err },
		"published docker.io/a/b " + sha: func() error { _, err := l.Published(ctx, d, dockertag.Parse("1.2")); return err },
	} {
		if err := ask(); err != nil || r.asked != want {
			t.Errorf("asked %q, %v; want %q", r.asked, err, want)
		}
	}
}
