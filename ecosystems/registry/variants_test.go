package registry

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// The budget of the checklist's facts, logins apart:
//
//   - how an image runs (Image): the manifest of the tag, of an index that of
//     the platform, and the config: three requests;
//   - which version a tag without one is today (Twin): the list of tags, one
//     HEAD for the tag, one for each tag compared until one is the same: at most
//     6 of MAJOR.MINOR, 3 of full versions and 2 of MAJOR;
//   - the smaller builds (Smaller): the list of tags, and at most two manifests
//     for each of at most four.
//
// What was asked once is not asked again within the lifetime of the cache.
func TestFactsBudget(t *testing.T) {
	s := &ociserver.Server{}
	add := func(content string, size int64, tags ...string) {
		for _, tag := range tags {
			s.Add("library/python", tag, ociserver.Image{Content: content, Platforms: both, Size: size, Config: v1.Config{User: "app"}})
		}
	}
	add("15rc", 400, "3.15-rc", "3.15.0rc1", "3.15-rc-slim")
	add("14", 400, "latest", "3.14", "3", "3.14.1", "bookworm")
	add("14s", 40, "slim", "3.14-slim", "3-slim", "3.14.1-slim")
	add("14a", 20, "alpine", "3.14-alpine")
	add("13", 400, "3.13", "3.13.9")
	add("old", 400, "nightly")
	add("next", 400, "edge")
	for _, c := range []struct {
		name, want, requests string
		ask                  func(r *Registry) (any, error)
	}{
		{"how it runs", "app", "manifest:2 blob:1", func(r *Registry) (any, error) {
			i, err := r.Image(t.Context(), "docker.io/library/python", "", "")
			return i.Config.User, err
		}},
		{"latest is the newest stable line", "3.14", "tags:1 head:2", twin(t, "")},
		{"the same by its word", "3.14", "tags:1 head:2", twin(t, "latest")},
		{"a variant alone", "3.14-slim", "tags:1 head:2", twin(t, "slim")},
		{"no version has such a variant", "", "tags:1 head:1", twin(t, "nightly")},
		{"nothing is the same: all are compared", "", "tags:1 head:6", twin(t, "edge")},
		{"smaller builds and their sizes", "python:3.14-slim 40 python:3.14-alpine 20", "tags:1 manifest:4", smaller(t, "3.14")},
		{"of latest", "python:slim 40 python:alpine 20", "tags:1 manifest:4", smaller(t, "latest")},
		{"of slim only alpine", "python:3.14-alpine 20", "tags:1 manifest:2", smaller(t, "3.14-slim")},
		{"of a system", "python:3.14-slim 40 python:3.14-alpine 20", "tags:1 manifest:4", smaller(t, "3.14-bookworm")},
		{"of Alpine none", "", "tags:1", smaller(t, "3.14-alpine")},
	} {
		s.ForgetRequests()
		host := serve(t, s)
		r := newRegistry(t, Options{Mirrors: map[string]string{"docker.io": "http://" + host}}, fetch.Options{CacheDir: t.TempDir()})
		for range 2 {
			if got, err := c.ask(r); err != nil || got != c.want {
				t.Errorf("%s: %v, %v, want %s", c.name, got, err, c.want)
			}
		}
		if got := strings.TrimPrefix(spent(s), "ping:1 "); got != c.requests {
			t.Errorf("%s: %s, want %s", c.name, got, c.requests)
		}
	}
}

func twin(t *testing.T, tag string) func(r *Registry) (any, error) {
	return func(r *Registry) (any, error) {
		twin, err := r.Twin(t.Context(), "docker.io/library/python", tag)
		if err == nil && !digestText.MatchString(twin.Digest) {
			t.Errorf("Twin(%s) has the digest %q", tag, twin.Digest)
		}
		return twin.Tag, err
	}
}

func smaller(t *testing.T, tag string) func(r *Registry) (any, error) {
	return func(r *Registry) (any, error) {
		list, err := r.Smaller(t.Context(), "docker.io/library/python", tag, "")
		var words []string
		for _, v := range list {
			words = append(words, v.Reference+" "+strconv.FormatInt(v.Size, 10))
		}
		return strings.Join(words, " "), err
	}
}

func TestTwins(t *testing.T) {
	for _, c := range []struct{ tags, variant, want string }{
		// ubuntu: latest is the last LTS, not the newest line.
		{"25.10 25.04 24.10 24.04 22.04 20.04 18.04 16.04 noble latest", "", "25.10 25.04 24.10 24.04 22.04 20.04"},
		// No MAJOR.MINOR at all.
		{"v1.2.3 v1.2.4 v1.3.0-rc1 latest sha-1a2b3c4", "", "v1.2.4 v1.2.3"},
		// Full versions come after the lines, then majors.
		{"1 2 1.9 2.0 2.0.1 2.0.2 2.0.2-alpine", "", "2.0 1.9 2.0.2 2.0.1 2 1"},
		{"1 2 1.9 2.0 2.0.1-alpine 2.0-alpine", "-alpine", "2.0-alpine 2.0.1-alpine"},
		// Dates are no versions to hold.
		{"20240101 20250101 12 12.1", "", "12.1 12"},
		{"", "", ""},
	} {
		var s ociserver.Server
		s.Add("r/x", "latest", ociserver.Image{})
		for _, tag := range strings.Fields(c.tags) {
			s.Add("r/x", tag, ociserver.Image{})
		}
		host := serve(t, &s)
		r := newRegistry(t, Options{}, fetch.Options{})
		list, err := r.Versions(t.Context(), host+"/r/x")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(twins(list.Candidates, c.variant), " "); got != c.want {
			t.Errorf("twins(%s) = %s, want %s", c.tags, got, c.want)
		}
	}
}

// An unreadable config gives an unknown user, which is not root.
func TestImageRuns(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("a/b", "1", ociserver.Image{Config: v1.Config{
		User: strings.Repeat("u", 5000), Entrypoint: slices.Repeat([]string{"x"}, 100), Shell: []string{"/bin/bash", "-c"},
		ExposedPorts: map[string]struct{}{"80/tcp": {}, "443/tcp": {}}, Volumes: map[string]struct{}{"/data": {}},
	}})
	s.Add("a/b", "gone", ociserver.Image{Content: "gone"})
	host := serve(t, s)
	r := newRegistry(t, Options{}, fetch.Options{})
	i, err := r.Image(t.Context(), host+"/a/b", "1", "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	if c := i.Config; len(c.User) != wordBytes || len(c.Entrypoint) != mostWords || len(c.Shell) != 2 {
		t.Errorf("the limits do not hold: %d, %d, %v", len(c.User), len(c.Entrypoint), c.Shell)
	}
	if got := cmp.Diff(ecosystems.ImageConfig{Ports: []string{"443/tcp", "80/tcp"}, Volumes: []string{"/data"}},
		ecosystems.ImageConfig{Ports: i.Config.Ports, Volumes: i.Config.Volumes}); got != "" {
		t.Error(got)
	}
}
