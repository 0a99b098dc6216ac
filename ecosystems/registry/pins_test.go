package registry

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

// The rules of semantics.md, "Container images", with the price of each in requests.
func TestPins(t *testing.T) {
	s := &ociserver.Server{}
	add := func(tag string, i ociserver.Image) string {
		s.Add("acme/app", tag, i)
		return s.Digest("acme/app", tag)
	}
	multi := func(content string, more ...string) ociserver.Image {
		return ociserver.Image{Content: content, Platforms: append(slices.Clone(both), more...)}
	}
	oldIndex := add("1.0", multi("old"))
	newIndex := add("1.0", multi("new"))
	rewritten := add("1.1", func() ociserver.Image {
		i := multi("old")
		i.Annotations = map[string]string{"a": "b"}
		i.Attested = true
		return i
	}())
	otherSpelling := add("1.2", ociserver.Image{Content: "x", Platforms: []string{"linux/amd64", "linux/arm64"}})
	fewer := add("1.3", ociserver.Image{Content: "x", Platforms: []string{"linux/amd64"}, Index: true})
	single := add("2.0", ociserver.Image{Content: "old", Platforms: []string{"linux/arm64/v8"}})
	add("3.0", multi("new", "linux/s390x"))
	amdOnly := add("2.1", ociserver.Image{Content: "b", Platforms: []string{"linux/amd64"}})
	armOnly := add("2.2", ociserver.Image{Content: "c", Platforms: []string{"linux/arm64"}})
	newArm := func() string {
		var o ociserver.Server
		o.Add("r", "x", ociserver.Image{Content: "new", Platforms: []string{"linux/arm64/v8"}})
		return o.Digest("r", "x")
	}()
	goneDigest := add("0.1", ociserver.Image{Content: "gone"})
	s.Delete("acme/app", goneDigest)
	none := "sha256:" + strings.Repeat("0", 64)

	for _, test := range []struct {
		name      string
		pin       ecosystems.Pin
		to        string
		digest    string
		unchanged bool
		missing   string
		notes     string
		requests  string
	}{
		{"first digest", pin("1.0", ""), "1.0", newIndex, false, "", "", "head:1"},
		{"digest as it is", pin("1.0", newIndex), "1.0", newIndex, true, "", "", "head:1"},
		{"built again", pin("1.0", oldIndex), "1.0", newIndex, false, "", "", "head:1 manifest:2"},
		{"index rewritten around equal images", pin("1.1", oldIndex), "1.1", oldIndex, true, "", "", "head:1 manifest:2"},
		{"another tag for equal images", pin("1.1", ""), "1.1", rewritten, false, "", "", "head:1"},
		{"digest of one platform, built again", pin("1.0", single), "1.0", newArm, false, "", "platform-digest", "head:1 manifest:2 blob:1"},
		{"the same with --platform", ecosystems.Pin{Text: "1.0", Digest: single, Platform: "linux/arm64", Version: dockertag.Parse("1.0")}, "1.0", newArm, false, "", "platform-digest", "head:1 manifest:2"},
		{"digest of one platform that is still there", pin("1.1", single), "1.1", single, true, "", "platform-digest", "head:1 manifest:2"},
		{"digest of one platform that is no more offered", pin("1.3", single), "1.3", fewer, false, "linux/arm64", "platform-digest", "head:1 manifest:2 blob:1"},
		{"digest is gone", pin("1.0", none), "1.0", newIndex, false, "", "digest-gone", "head:1 manifest:2"},
		{"another tag", pin("1.0", ""), "1.2", otherSpelling, false, "", "", "manifest:2"},
		{"another tag with a digest", pin("1.0", oldIndex), "1.2", otherSpelling, false, "", "", "manifest:2"},
		{"another tag with fewer platforms", pin("1.0", ""), "1.3", fewer, false, "linux/arm64", "", "manifest:2"},
		{"another tag, digest of one platform", pin("2.0", single), "1.0", newArm, false, "", "platform-digest", "manifest:2 blob:1"},
		{"another tag, an index in place of one image", pin("2.0", ""), "1.0", newIndex, false, "", "", "manifest:2 blob:1"},
		{"another tag, one image in place of an index", pin("1.0", ""), "2.1", amdOnly, false, "linux/arm64", "", "manifest:2 blob:1"},
		{"another tag, one image for another", pin("2.1", ""), "2.2", armOnly, false, "linux/amd64", "", "manifest:2 blob:2"},
		{"another tag that lost a third platform", pin("3.0", ""), "1.0", newIndex, false, "linux/s390x", "", "manifest:2"},
		{"the old tag is gone", pin("0.0", ""), "1.0", newIndex, false, "", "tag-gone", "manifest:2"},
		{"the old digest is gone", pin("0.1", goneDigest), "1.0", newIndex, false, "", "digest-gone", "manifest:2"},
		{"dependabot-core #6746: another spelling of the same image", pin("1.0", newIndex), "1.0", newIndex, true, "", "", "head:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, s)
			s.ForgetRequests()
			r := newRegistry(t, Options{}, fetch.Options{})
			got, err := r.Pins(t.Context(), host+"/acme/app", test.pin, dockertag.Parse(test.to))
			if err != nil {
				t.Fatal(err)
			}
			if got.Digest != test.digest || got.Unchanged != test.unchanged || strings.Join(got.Missing, " ") != test.missing {
				t.Errorf("Pins = %+v, want digest %s, unchanged %v, missing %q", got, test.digest, test.unchanged, test.missing)
			}
			if notes := codes(got.Notes); notes != test.notes {
				t.Errorf("notes %q, want %q", notes, test.notes)
			}
			if spent := spent(s); spent != "ping:1 "+test.requests {
				t.Errorf("requests %s, want ping:1 %s", spent, test.requests)
			}
		})
	}
}

func codes(notes []ecosystems.Note) string {
	var list []string
	for _, n := range notes {
		list = append(list, n.Code)
	}
	return strings.Join(list, " ")
}

// dependabot-core #6746: 8.7 and 8.7-1085 are one image, which is no update.
func TestSameImageUnderAnotherTag(t *testing.T) {
	s := &ociserver.Server{}
	for _, tag := range []string{"8.7", "8.7-1085"} {
		s.Add("ubi8", tag, ociserver.Image{Content: "one", Platforms: both})
	}
	host := serve(t, s)
	got, err := newRegistry(t, Options{}, fetch.Options{}).Pins(t.Context(), host+"/ubi8", pin("8.7", ""), dockertag.Parse("8.7-1085"))
	if err != nil || !got.Unchanged {
		t.Errorf("Pins = %+v, %v, want it unchanged", got, err)
	}
}

// A registry that names no digest in its headers, and one that knows no HEAD.
func TestDigestWithoutHelp(t *testing.T) {
	for _, s := range []*ociserver.Server{
		{NoDigest: true},
		{Fault: func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return r.Method == http.MethodHead
		}},
	} {
		s.Add("app", "1", ociserver.Image{Platforms: both})
		host := serve(t, s)
		got, err := newRegistry(t, Options{}, fetch.Options{}).Pins(t.Context(), host+"/app", pin("1", ""), dockertag.Parse("1"))
		if err != nil || got.Digest != s.Digest("app", "1") {
			t.Errorf("Pins = %+v, %v, want %s", got, err, s.Digest("app", "1"))
		}
	}
}
