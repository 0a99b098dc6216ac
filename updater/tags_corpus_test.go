package updater_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// TestTagsStay takes every tag of a repository for a pin: under allow: patch no
// proposal leaves its MAJOR.MINOR, its words or its order. The lists are those
// of testdata/tags and of the folder that FRESHPIN_TAGS names: files of one tag
// a line, with other columns behind a tab.
func TestTagsStay(t *testing.T) {
	for _, dir := range []string{"testdata/tags", os.Getenv("FRESHPIN_TAGS")} {
		files, err := filepath.Glob(dir + "/*.tsv")
		if err != nil || dir == "testdata/tags" && len(files) == 0 {
			t.Fatal(err, files)
		}
		if dir == "" {
			continue
		}
		proposals := 0
		for _, f := range files {
			t.Run(filepath.Base(f), func(t *testing.T) { proposals += tagsStay(t, tagsOf(t, f)) })
		}
		if proposals == 0 {
			t.Errorf("nothing is proposed for any tag in %s", dir)
		}
	}
}

func tagsOf(t *testing.T, file string) (tags []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		tag, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if tag != "" && tag[0] != '#' {
			tags = append(tags, tag)
		}
	}
	return tags
}

func tagsStay(t *testing.T, tags []string) (proposals int) {
	list := listingOf(t, tags)
	tracks := map[string][]version.Candidate{}
	for _, c := range list.Candidates {
		tracks[c.Version.Track] = append(tracks[c.Version.Track], c)
	}
	for _, tag := range tags {
		pin := list.Read(tag)
		// The line is not inferred: without dates there is no proof of a project that never patches.
		a := policy.Policy{Allow: version.Patch, Line: policy.LineMinor}.Choose(policy.Input{Pin: pin, Candidates: tracks[pin.Track]})
		for _, p := range a.Proposals {
			proposals++
			if why := leaves(pin, p.Version); why != "" {
				t.Errorf("%s to %s: %s", pin, p.Version, why)
			}
		}
	}
	t.Logf("%d tags, %d proposals", len(tags), proposals)
	return proposals
}

// leaves says what of a pin a proposal changes that may not change; "" for nothing.
func leaves(pin, to version.Version) string {
	switch {
	case version.Compare(pin, to) >= 0:
		return "not newer"
	case to.Pre && !(pin.Pre && to.SameCore(pin)):
		return "a pre-release"
	case words(pin.Text) != words(to.Text):
		return "another variant"
	case pin.NamedDate && to.NamedDate:
		return ""
	case pin.Major() != to.Major() || pin.Minor() != to.Minor():
		return "another line"
	}
	return ""
}

// words returns the text of a tag without what belongs to its version: digits,
// separators, stages and hashes. It knows nothing of how tags are read.
func words(tag string) string {
	var out []string
	for _, w := range strings.FieldsFunc(tag, func(r rune) bool { return strings.ContainsRune("-_.0123456789", r) }) {
		switch strings.ToLower(w) {
		case "rc", "a", "b", "m", "alpha", "beta":
		default:
			if strings.Trim(w, "abcdef") != "" {
				out = append(out, w)
			}
		}
	}
	return strings.Join(out, " ")
}

// listingOf reads the tags as a registry publishes them.
func listingOf(t *testing.T, tags []string) ecosystems.Listing {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"name": "library/x", "tags": tags})
	}))
	t.Cleanup(server.Close)
	images := registry.New(registry.Options{HTTP: fetch.New(fetch.Options{}), Mirrors: map[string]string{"docker.io": server.URL}})
	list, err := images.Versions(t.Context(), "docker.io/library/x")
	if err != nil || len(list.Candidates) != len(tags) {
		t.Fatalf("%d of %d tags, %v", len(list.Candidates), len(tags), err)
	}
	return list
}
