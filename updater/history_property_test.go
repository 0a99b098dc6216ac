package updater_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// A past is the history of a repository whose every tag is known by what it stands for.
type past struct {
	releases []pastRelease
	noise    []string // tags that no release stands behind
}

// A pastRelease is one tag of three numbers.
type pastRelease struct {
	prefix, variant string
	numbers         [3]int
	image           ociserver.Image
}

func (r pastRelease) tag() string {
	return fmt.Sprintf("%s%d.%d.%d%s", r.prefix, r.numbers[0], r.numbers[1], r.numbers[2], r.variant)
}

// drawPast makes a history in which releases are taken back by publishing an
// older one again, lose platforms, and are young.
func drawPast(t *rapid.T) past {
	var p past
	platforms := [][]string{{"linux/amd64", "linux/arm64"}, {"linux/amd64"}, {"linux/amd64", "linux/arm64", "linux/s390x"}}
	for _, prefix := range []string{"", "v"} {
		for _, variant := range []string{"", "-slim", "-alpine3.18"} {
			var older []pastRelease
			for major := 1; major <= 2; major++ {
				for minor := range rapid.IntRange(0, 3).Draw(t, "minors") {
					for patch := range rapid.IntRange(1, 5).Draw(t, "patches") {
						r := pastRelease{prefix: prefix, variant: variant, numbers: [3]int{major, minor, patch}}
						r.image = ociserver.Image{Content: r.tag(), Platforms: rapid.SampledFrom(platforms).Draw(t, "platforms"), Index: true, Created: now.AddDate(-1, 0, 0)}
						switch rapid.IntRange(0, 9).Draw(t, "kind") {
						case 0, 1:
							if len(older) > 0 {
								r.image = rapid.SampledFrom(older).Draw(t, "rolled back to").image
							}
						case 2:
							r.image.Created = now.Add(-time.Hour)
						}
						older = append(older, r)
					}
				}
			}
			p.releases = append(p.releases, older...)
		}
	}
	p.noise = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"latest", "1", "1.0", "1.2", "2.9-slim", "1.9.9-rc1", "1.1.9-alpine3.19", "20240101", "2021.12.16", "1a2b3c4d5e6f", "v1", "1.0.7-beta"}), func(s string) string { return s }).Draw(t, "noise")
	return p
}

func (p past) serve() (*ociserver.Server, *httptest.Server) {
	s := &ociserver.Server{PageSize: 7}
	for _, r := range p.releases {
		s.Add("library/x", r.tag(), r.image)
	}
	for _, tag := range p.noise {
		s.Add("library/x", tag, image(tag))
	}
	return s, httptest.NewServer(s)
}

// expected is the rule in its plainest form: the newest on the line that is old
// enough and offers what the pin does, and nothing older than the image in use.
func (p past) expected(pin pastRelease) string {
	var newer []pastRelease
	for _, r := range p.releases {
		if r.prefix == pin.prefix && r.variant == pin.variant && r.numbers[0] == pin.numbers[0] && r.numbers[1] == pin.numbers[1] && r.numbers[2] > pin.numbers[2] {
			newer = append(newer, r)
		}
	}
	slices.SortFunc(newer, func(a, b pastRelease) int { return cmp.Compare(b.numbers[2], a.numbers[2]) })
	for _, r := range newer {
		lost := slices.ContainsFunc(pin.image.Platforms, func(p string) bool { return !slices.Contains(r.image.Platforms, p) })
		switch {
		case r.image.Content == pin.image.Content:
			return ""
		case !lost && now.Sub(r.image.Created) > 72*time.Hour:
			return r.tag()
		}
	}
	return ""
}

// decisions are what a plan says, without where it says it.
func decisions(t *rapid.T, url string, tree fstest.MapFS) map[string]string {
	planner := &updater.Planner{Now: now, Ecosystems: all.New(all.Options{
		HTTP: fetch.New(fetch.Options{}), Getenv: func(string) string { return "" }, Mirrors: map[string]string{"docker.io": url},
	})}
	p, err := planner.Plan(context.Background(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, i := range p.Items {
		text := fmt.Sprint(i.Status, i.Band, i.Current, i.Safe, i.Minor, i.Latest, i.NewerBase, " to ", i.Target.Version, i.Target.Digest, i.Reason, i.Notes)
		if was, ok := said[i.Dependency.Pin.Text]; ok && was != text {
			t.Fatalf("%s is decided in two ways:\n%s\n%s", i.Dependency.Pin.Text, was, text)
		}
		said[i.Dependency.Pin.Text] = text
		said["to "+i.Dependency.Pin.Text] = i.Target.Version.Text
	}
	return said
}

// TestHistories: over generated histories the target is always the newest
// allowed release that fits: never a downgrade, another variant or line, a
// platform lost or a release that was taken back. Deciding again, and another
// order of files and lines, gives the same.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPast(t)
		if len(p.releases) == 0 {
			t.Skip("nothing is published")
		}
		_, server := p.serve()
		defer server.Close()
		pins := rapid.SliceOfNDistinct(rapid.SampledFrom(p.releases), 1, min(6, len(p.releases)), pastRelease.tag).Draw(t, "pins")
		var lines []string
		for _, r := range pins {
			lines = append(lines, "FROM x:"+r.tag()+"\n")
		}
		other := rapid.Permutation(lines).Draw(t, "other order")
		settings := &fstest.MapFile{Data: []byte("digests: ignore\n")}
		first := decisions(t, server.URL, fstest.MapFS{".freshpin.yaml": settings, "Dockerfile": {Data: []byte(strings.Join(lines, ""))}})
		second := decisions(t, server.URL, fstest.MapFS{".freshpin.yaml": settings, "a/Dockerfile": {Data: []byte(strings.Join(other, ""))}, "z/Dockerfile": {Data: []byte(strings.Join(other[:1], ""))}})
		if diff := gocmp.Diff(first, second); diff != "" {
			t.Errorf("decided again, in another order:\n%s", diff)
		}
		for _, r := range pins {
			if got, want := first["to "+r.tag()], p.expected(r); got != want {
				t.Errorf("%s leads to %q, want %q: %s", r.tag(), got, want, first[r.tag()])
			}
		}
	})
}

// TestLines: over generated repositories of tags with two numbers, a line is left
// only where dates prove that the project never patches.
func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &ociserver.Server{}
		minors := rapid.IntRange(1, 6).Draw(t, "minors")
		dates, day := map[int]time.Time{}, now.AddDate(-3, 0, 0)
		for n := range minors {
			tag, i := fmt.Sprintf("4.%d", n), ociserver.Image{Content: fmt.Sprint(n)}
			switch rapid.IntRange(0, 3).Draw(t, "date") {
			case 0: // it tells none
			case 1: // built again lately
				i.Created = now.AddDate(0, -1, 0)
			default:
				i.Created = day
			}
			day = day.AddDate(0, 2, 0)
			dates[n] = i.Created
			s.Add("library/x", tag, i)
		}
		more := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"3.0.1", "5.0.2", "4", "latest", "4.0.1-slim", "v4.7.0", "4.2-1049", "4.1-7.3.2"}), func(s string) string { return s }).Draw(t, "more")
		for _, tag := range more {
			s.Add("library/x", tag, image(tag))
		}
		server := httptest.NewServer(s)
		defer server.Close()
		n := rapid.IntRange(0, minors-1).Draw(t, "pin")
		pin := fmt.Sprintf("4.%d", n)
		said := decisions(t, server.URL, fstest.MapFS{"Dockerfile": {Data: []byte("FROM x:" + pin + "\n")}, ".freshpin.yaml": {Data: []byte("digests: ignore\ncooldown: {packages: 0d}\n")}})
		refuted := slices.ContainsFunc(more, func(tag string) bool { return regexp.MustCompile(`^v?4\.[0-9][.-]`).MatchString(tag) })
		ended := n+2 < minors && now.Sub(dates[n+1]) < 45*24*time.Hour
		proved := !ended && minors >= 3 && !refuted && n+1 < minors && !dates[n].IsZero() && dates[n+1].Sub(dates[n]) >= 24*time.Hour
		want := ""
		if proved {
			want = fmt.Sprintf("4.%d", minors-1)
		}
		if got := said["to "+pin]; got != want {
			t.Errorf("%s of %d minors and %v leads to %q, want %q: %s", pin, minors, more, got, want, said[pin])
		}
	})
}

// lineOf is MAJOR.MINOR at the beginning of a tag, behind a prefix.
var lineOf = regexp.MustCompile(`^[a-z-]*([0-9]+(?:\.[0-9]+)?)`)

// TestRealTags decides about every tag of real repositories as a pin: under
// allow: patch no line is left, but for what a built-in rule knows. The folder
// has one file for each official image: a tag and the day of its first appearance.
func TestRealTags(t *testing.T) {
	folder := os.Getenv("FRESHPIN_TAGS")
	if folder == "" {
		t.Skip("FRESHPIN_TAGS names no folder")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".tsv")
		t.Run(name, func(t *testing.T) {
			s, text := &ociserver.Server{}, strings.Builder{}
			data, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer data.Close()
			for lines := bufio.NewScanner(data); lines.Scan(); {
				tag, day, ok := strings.Cut(lines.Text(), "\t")
				if !ok || strings.HasPrefix(tag, "#") {
					continue
				}
				s.Add("library/"+name, tag, ociserver.Image{Content: tag, Created: date(t, day)})
				fmt.Fprintf(&text, "FROM %s:%s\n", name, tag)
			}
			moved, known := 0, map[string]bool{"postgres": true, "debian": true}
			for _, i := range planOf(t, map[string]string{"Dockerfile": text.String(), ".freshpin.yaml": "digests: ignore\n"}, s).Items {
				to := i.Target.Version.Text
				if to == "" {
					continue
				}
				moved++
				from, at := lineOf.FindStringSubmatch(i.Current), lineOf.FindStringSubmatch(to)
				stays := from != nil && at != nil && from[1] == at[1] || i.Target.Version.NamedDate
				if version := i.Dependency.Pin.Version; i.Band != "patch" || !stays && !(known[name] && version.Major() == i.Target.Version.Major()) {
					t.Errorf("%s leads to %s (%s, line %s)", i.Current, to, i.Band, i.ReleaseLine)
				}
			}
			t.Logf("%d updates", moved)
		})
	}
}
