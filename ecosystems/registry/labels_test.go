package registry

import (
	"maps"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

func TestLabels(t *testing.T) {
	all := map[string]string{labelSource: "https://github.com/a/b", labelRevision: "abc", labelVersion: "1.2", labelURL: "https://a.example"}
	both := []string{"linux/amd64", "linux/arm64"}
	below := maps.Clone(all)
	below[labelSource] = "https://github.com/the/image-below"
	s := &ociserver.Server{}
	for tag, c := range map[string]struct {
		image    ociserver.Image
		want     map[string]string
		requests int
	}{
		"index":    {ociserver.Image{Content: "1", Platforms: both, Annotations: all, Labels: below}, all, 1},
		"config":   {ociserver.Image{Content: "2", Platforms: both, Labels: all}, all, 3},
		"official": {ociserver.Image{Content: "7", Platforms: both, Labels: all, Described: true}, all, 1},
		"single":   {ociserver.Image{Content: "3", Labels: all}, all, 2},
		"manifest": {ociserver.Image{Content: "4", Annotations: all, Labels: below}, all, 1},
		"part":     {ociserver.Image{Content: "5", Platforms: both, Annotations: map[string]string{labelSource: all[labelSource]}, Labels: below}, all, 3},
		"nothing":  {ociserver.Image{Content: "6", Platforms: both, Labels: map[string]string{"maintainer": "x"}}, map[string]string{}, 3},
	} {
		s.Add("acme/app", tag, c.image)
		host := serve(t, s)
		r := newRegistry(t, Options{}, fetch.Options{})
		ref := s.Digest("acme/app", tag)
		s.ForgetRequests()
		for range 2 {
			got, err := r.Labels(t.Context(), host+"/acme/app", ref)
			if err != nil || !maps.Equal(got, c.want) {
				t.Errorf("%s: %q, %v, want %q", tag, got, err, c.want)
			}
		}
		n := s.Requests()
		if sent := n["manifest"] + n["blob"]; sent != c.requests {
			t.Errorf("%s: %d requests for two questions, want %d", tag, sent, c.requests)
		}
	}
	r := newRegistry(t, Options{}, fetch.Options{})
	if _, err := r.Labels(t.Context(), serve(t, s)+"/acme/app", "gone"); fetch.Code(err) != fetch.NotFound {
		t.Errorf("of an unknown tag: %v", err)
	}
	if _, err := r.Labels(t.Context(), "", "gone"); err == nil {
		t.Error("no error for no repository")
	}
}
