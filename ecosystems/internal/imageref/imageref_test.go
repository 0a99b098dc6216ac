package imageref

import (
	"strings"
	"testing"
)

const (
	sha  = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	bare = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, name, repository, tag, digest string }{
		{"localhost:5000/app", "localhost:5000/app", "localhost:5000/app", "", ""}, // the colon is a port
		{"localhost:5000/app:1.2@" + sha, "localhost:5000/app", "localhost:5000/app", "1.2", sha},
		{"python", "python", "docker.io/library/python", "", ""},
		{"python:3.6", "python", "docker.io/library/python", "3.6", ""},
		{"python@" + sha, "python", "docker.io/library/python", "", sha},
		{"python:3.6@" + sha, "python", "docker.io/library/python", "3.6", sha},
		{"docker.io/python:3", "docker.io/python", "docker.io/library/python", "3", ""},
		{"index.docker.io/library/python:3", "index.docker.io/library/python", "docker.io/library/python", "3", ""},
		{"registry-1.docker.io/python", "registry-1.docker.io/python", "docker.io/library/python", "", ""},
		{"index.docker.io:443/python", "index.docker.io:443/python", "index.docker.io:443/python", "", ""},
		{"acme/app:v1", "acme/app", "docker.io/acme/app", "v1", ""},
		{"GHCR.io/acme/app:1", "GHCR.io/acme/app", "ghcr.io/acme/app", "1", ""},
		{"Build/app:1", "Build/app", "Build/app", "1", ""}, // an upper-case letter makes a host
		{"localhost/app", "localhost/app", "localhost/app", "", ""},
		{"[2001:db8::1]:5000/app:1", "[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app", "1", ""},
		{"127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c", "x", ""},
		{"a__b--c.d_e:1", "a__b--c.d_e", "docker.io/library/a__b--c.d_e", "1", ""},
		{"python:3.6.1-alpine3.12", "python", "docker.io/library/python", "3.6.1-alpine3.12", ""},
		{"1.2.3.4/app", "1.2.3.4/app", "1.2.3.4/app", "", ""},
		{"foo.bar", "foo.bar", "docker.io/library/foo.bar", "", ""}, // one component is never a host
		{"foo:5000", "foo", "docker.io/library/foo", "5000", ""},
		{"app:_", "app", "docker.io/library/app", "_", ""},
		{"app:" + strings.Repeat("a", 128), "app", "docker.io/library/app", strings.Repeat("a", 128), ""},
	} {
		r, err := Parse(c.in)
		if err != nil || r.Name != c.name || r.Repository != c.repository || r.Tag != c.tag || r.Digest != c.digest {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", c.in, r, err, c)
			continue
		}
		checkOffsets(t, c.in, r)
	}
}

func checkOffsets(t *testing.T, text string, r Ref) {
	t.Helper()
	if text[:r.NameEnd] != r.Name || text[r.TagStart:r.TagEnd] != r.Tag || text[r.DigestStart:r.DigestEnd] != r.Digest {
		t.Errorf("Parse(%q): offsets %+v do not hold the parts", text, r)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "the name of the image is missing"},
		{":3.6", "the name of the image is missing"},
		{"python:", `"" is not a tag`},
		{"python:3.6 ", `"3.6 " is not a tag`},
		{"python:-3", `"-3" is not a tag`},
		{"app:" + strings.Repeat("a", 129), "is not a tag"},
		{"Python:3.6", `has no upper-case letters, unlike "Python"`},
		{"acme/App", "has no upper-case letters"},
		{"a//b", "a part of the name is empty"},
		{"/a", "a part of the name is empty"},
		{"-a/b", "cannot stand in the name"},
		{"a b", "cannot stand in the name"},
		{"a..b", "cannot stand in the name"},
		{"docker://alpine:3", "has no docker:// before it"},
		{"python@sha256:12", "the digest has 2 digits where sha256 has 64"},
		{"python@md5:12", "is not a digest"},
		{"python@", "is not a digest"},
		{"python@" + strings.ToUpper(sha), "is not a digest"},
		{"python@sha256:" + strings.ToUpper(bare), "other than a to f"},
		{bare, "identifier of a local image"},
		{strings.Repeat("a/", 130) + "b", "longer than 255 bytes"},
		{"pyth\xffn", "cannot stand"},
	} {
		if r, err := Parse(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q) = %+v, %v; want an error with %q", c.in, r, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"python:3.6", "localhost:5000/a:1@" + sha, "[::1]/x", "A/b:c", "a@", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		checkOffsets(t, text, r)
		again, err := Parse(r.Repository)
		if err != nil || again.Repository != r.Repository {
			t.Errorf("Parse(%q).Repository = %q, which parses as %q, %v", text, r.Repository, again.Repository, err)
		}
	})
}
