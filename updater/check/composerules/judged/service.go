package judged

import (
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// ImageName returns the name of a service's image without host, tag and digest, in
// lower case: "bitnami/postgresql" for "docker.io/bitnami/postgresql:16"; "" if it
// contains a variable.
func ImageName(s *merged.Service) string {
	n := s.Node.Get("image")
	text := n.String()
	if i := strings.IndexByte(text, '@'); i >= 0 {
		text = text[:i]
	}
	text = WithoutTag(text)
	host, rest, found := strings.Cut(text, "/")
	// Docker takes the first part for a host only in these cases.
	if found && (strings.ContainsAny(host, ".:") || host == "localhost") {
		text = rest
	}
	return strings.ToLower(strings.TrimPrefix(text, "library/"))
}

// Word returns the last part of the name of an image: "postgresql" for "bitnami/postgresql".
func Word(image string) string { return path.Base(image) }

// EnvFiles returns the paths of a service's env files, as the file has them.
func EnvFiles(s *merged.Service) (paths []*merged.Node) {
	for _, e := range s.Node.Get("env_file").Elements() {
		if e.Kind == merged.Mapping {
			e = e.Get("path")
		}
		if e != nil { // nil for a mapping without a path, which Compose refuses
			paths = append(paths, e)
		}
	}
	return paths
}

// Builds reports whether a service builds its image.
func Builds(s *merged.Service) bool { return s.Node.Has("build") }

// command returns the command of a service; "" if the file has none.
func command(s *merged.Service) string {
	var words []string
	for _, key := range []string{"entrypoint", "command"} {
		for _, e := range s.Node.Get(key).Elements() {
			words = append(words, e.String())
		}
	}
	return strings.Join(words, " ")
}

// Rooted matches the user root.
var Rooted = lazyregexp.New(`^(?:root|0+)(?::.*)?$`)

// Development matches names of files and profiles for development and tests.
var Development = lazyregexp.New(`(?i)(?:^|[-_./])(?:dev|devel|development|test|tests|testing|local|debug|ci|e2e|override|overrides|integration)(?:[-_./]|$)`)

// ForDevelopment reports whether a service is for developers only, by the name of
// its file or of all its profiles.
func (s Service) ForDevelopment() bool {
	if Development.MatchString(strings.TrimSuffix(strings.TrimSuffix(path.Base(s.At.File), ".yaml"), ".yml")) {
		return true
	}
	// All of them, because any other profile may start it in production.
	return len(s.Profiles) > 0 && !slices.ContainsFunc(s.Profiles, func(p string) bool { return !Development.MatchString(p) })
}

// OneShot reports whether a service runs once and exits, for example to prepare files for others.
func (s Service) OneShot() bool {
	restart := s.Node.Get("restart").String()
	// What is restarted whenever it exits is a server.
	if restart != "" && restart != "no" && restart != "false" && !strings.HasPrefix(restart, "on-failure") {
		return false
	}
	return preparing.MatchString(command(s.Service))
}

var preparing = lazyregexp.New(`\b(?:chown|chmod|mkdir|chgrp|setfacl|install -)\b`)

// WithoutTag returns an image without its tag: "host:5000/app" for "host:5000/app:1".
func WithoutTag(image string) string {
	// A colon before the last slash belongs to the port of the host.
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i]
	}
	return image
}
