package web

import (
	"net/url"
	"strings"
)

// registryPage returns the address of the web page of a package in its registry or
// index; "" if unknown.
func registryPage(kind, name string) string {
	// Such characters would lead to another address than the package's.
	if name == "" || strings.ContainsAny(name, " \t\r\n?#%\\") {
		return ""
	}
	switch kind {
	case "oci":
		return imagePage(name)
	case "pypi":
		return "https://pypi.org/project/" + url.PathEscape(name) + "/"
	case "go":
		return "https://pkg.go.dev/" + name
	case "npm":
		return "https://www.npmjs.com/package/" + name
	}
	return ""
}

// imagePage returns the address of the web page of an image in its registry.
func imagePage(name string) string {
	host, path, ok := strings.Cut(name, "/")
	if !ok || path == "" {
		return ""
	}
	switch host {
	case "docker.io":
		// Docker Hub has official images at another address, without library.
		if official, is := strings.CutPrefix(path, "library/"); is {
			return "https://hub.docker.com/_/" + official
		}
		return "https://hub.docker.com/r/" + path
	case "quay.io":
		return "https://quay.io/repository/" + path
	case "mcr.microsoft.com":
		return "https://mcr.microsoft.com/artifact/mar/" + path + "/about"
	case "public.ecr.aws":
		return "https://gallery.ecr.aws/" + path
	case "registry.access.redhat.com", "registry.redhat.io":
		return "https://catalog.redhat.com/software/containers/" + path
	case "ghcr.io", "gcr.io":
		return "https://" + host + "/" + path
	}
	return ""
}
