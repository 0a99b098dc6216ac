package composerules

import (
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// imageName returns the name of a service's image without host, tag and digest, in
// lower case: "bitnami/postgresql" for "docker.io/bitnami/postgresql:16"; "" if it
// contains a variable.
func imageName(s *merged.Service) string {
	n := s.Node.Get("image")
	text := n.String()
	if i := strings.IndexByte(text, '@'); i >= 0 {
		text = text[:i]
	}
	text = withoutTag(text)
	host, rest, found := strings.Cut(text, "/")
	if found && (strings.ContainsAny(host, ".:") || host == "localhost") {
		text = rest
	}
	return strings.ToLower(strings.TrimPrefix(text, "library/"))
}

// word returns the last part of the name of an image: "postgresql" for "bitnami/postgresql".
func word(image string) string { return path.Base(image) }

// builds reports whether a service builds its image.
func builds(s *merged.Service) bool { return s.Node.Has("build") }

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

// rooted matches the user root.
var rooted = lazyregexp.New(`^(?:root|0+)(?::.*)?$`)

// development matches names of files and profiles for development and tests.
var development = lazyregexp.New(`(?i)(?:^|[-_./])(?:dev|devel|development|test|tests|testing|local|debug|ci|e2e|override|overrides|integration)(?:[-_./]|$)`)

// forDevelopment reports whether a service is for developers only, by the name of
// its file or of all its profiles.
func (s service) forDevelopment() bool {
	if development.MatchString(strings.TrimSuffix(strings.TrimSuffix(path.Base(s.At.File), ".yaml"), ".yml")) {
		return true
	}
	return len(s.Profiles) > 0 && !slices.ContainsFunc(s.Profiles, func(p string) bool { return !development.MatchString(p) })
}

// oneShot reports whether a service runs once and exits, for example to prepare files for others.
func (s service) oneShot() bool {
	restart := s.Node.Get("restart").String()
	if restart != "" && restart != "no" && restart != "false" && !strings.HasPrefix(restart, "on-failure") {
		return false
	}
	return preparing.MatchString(command(s.Service))
}

var preparing = lazyregexp.New(`\b(?:chown|chmod|mkdir|chgrp|setfacl|install -)\b`)
