package webhook

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/forge/event"
)

// A packaged payload reports a published package: an image on ghcr.io, or in a
// container registry of GitHub Enterprise Server.
//
// See registry_package and package in GitHub's list of events: both have the same
// form.
type packaged struct {
	head
	Registry *registryPackage `json:"registry_package"`
	Package  *registryPackage `json:"package"`
}

type registryPackage struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Type      string `json:"package_type"`
	Ecosystem string `json:"ecosystem"`
	Owner     struct {
		Login string `json:"login"`
	} `json:"owner"`
	Registry struct {
		Type string `json:"type"`
	} `json:"registry"`
	Version struct {
		URL       string `json:"package_url"` // "ghcr.io/owner/name:tag"
		Container struct {
			Tag struct {
				Name   string `json:"name"`
				Digest string `json:"digest"`
			} `json:"tag"`
		} `json:"container_metadata"`
	} `json:"package_version"`
}

// fill ignores packages of other kinds, and manifests without a tag.
func (p *packaged) fill(e *event.Event) (bool, error) {
	pkg := cmp.Or(p.Registry, p.Package)
	if pkg == nil || !pkg.isContainer() || pkg.Version.Container.Tag.Name == "" {
		return false, nil
	}
	tag := pkg.Version.Container.Tag
	image := event.Image{Name: pkg.image(), Tag: tag.Name, Digest: tag.Digest}
	if !image.Valid() {
		return false, nil
	}
	e.Images = []event.Image{image}
	return true, nil
}

func (p *registryPackage) isContainer() bool {
	return slices.ContainsFunc([]string{p.Type, p.Ecosystem, p.Registry.Type}, func(s string) bool {
		return strings.EqualFold(s, "container")
	})
}

// image returns the canonical name. GitHub logins may have upper case, image names never do.
func (p *registryPackage) image() string {
	if name := event.ImageNameOf(strings.ToLower(p.Version.URL)); name != "" {
		return name
	}
	namespace, _, _ := strings.Cut(p.Namespace, "/")
	return event.ImageName("ghcr.io", strings.ToLower(cmp.Or(p.Owner.Login, namespace)+"/"+p.Name))
}
