package registry

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// ParseMirrors parses the operator's mirrors: "docker.io=http://127.0.0.1:5000,ghcr.io=https://mirror.example".
//
// Each entry replaces the host of image names by a server; several hosts may have
// the same server. The path of a mirror is the prefix for repositories, as in
// pull-through caches: with docker.io=https://harbor.example/hub, python becomes
// harbor.example/hub/library/python. If the API is not at the root of the
// server, the address must have its path: https://host/some/v2 or
// https://host/some/v2/hub. The default scheme is https, or http for this machine.
// The result maps hosts to addresses with a scheme.
func ParseMirrors(text string) (map[string]string, error) {
	mirrors := map[string]string{}
	for _, entry := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		host, target, ok := strings.Cut(entry, "=")
		if !ok || target == "" {
			return nil, fmt.Errorf("mirror %q is not host=url", plain(entry))
		}
		host, err := mirrored(host)
		if err != nil {
			return nil, err
		}
		if _, twice := mirrors[host]; twice {
			return nil, fmt.Errorf("mirror for %s is given twice", host)
		}
		if !strings.Contains(target, "://") {
			target = schemeOf(target) + "://" + target
		}
		if _, _, err := splitMirror(target); err != nil {
			return nil, fmt.Errorf("mirror for %s: %w", host, err)
		}
		mirrors[host] = target
	}
	return mirrors, nil
}

func schemeOf(target string) string {
	host, _, _ := strings.Cut(target, "/")
	if local(host) {
		return "http"
	}
	return "https"
}

// plain redacts an entry for a message, even if it is no address.
func plain(entry string) string {
	text := fetch.RedactText(entry)
	if strings.ContainsRune(text, '@') {
		return fetch.Malformed
	}
	return text
}

// mirrored returns the host in canonical image names.
func mirrored(host string) (string, error) {
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || host == "" {
		return "", fmt.Errorf("mirror for %q: not a host", plain(host))
	}
	switch host {
	case "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com":
		return "docker.io", nil
	}
	return host, nil
}

// splitMirror returns the root of a mirror's API and the prefix of its
// repositories, with a slash at the end; "" for none.
func splitMirror(target string) (base *url.URL, prefix string, err error) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("%q is not an address", plain(target))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "", fmt.Errorf("%q is neither http nor https", plain(target))
	case u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, "", fmt.Errorf("%q is not the address of a server", plain(target))
	case u.User != nil:
		return nil, "", fmt.Errorf("%q has a login, which belongs into Docker's configuration, for %s", plain(target), u.Host)
	}
	root, prefix := "/", strings.Trim(u.Path, "/")
	if i := strings.LastIndex("/"+prefix+"/", "/v2/"); i >= 0 {
		root, prefix = ("/" + prefix)[:i+1], strings.Trim(("/" + prefix + "/")[i+len("/v2/"):], "/")
	}
	if prefix != "" {
		if !repositoryPath.MatchString(prefix) {
			return nil, "", fmt.Errorf("%q cannot stand before the name of a repository", prefix)
		}
		prefix += "/"
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: root + "v2/"}, prefix, nil
}
