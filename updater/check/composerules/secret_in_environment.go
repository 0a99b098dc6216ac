package composerules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
	"github.com/freshpin/freshpin/updater/check/secret"
)

// SecretInEnvironment is the rule secret-in-environment: a secret stands in the file.
var SecretInEnvironment = judged.PerService(check.Rule{
	ID: "secret-in-environment", Level: check.Could, Mode: check.Default,
	Title:  "a secret stands in the file",
	Why:    "All readers of the repository have it, and it stays in its history; docker inspect shows it to every user of the engine.",
	Silent: "variables, names that end in _FILE, ids, paths and placeholders; well-known defaults of development, such as postgres, are information.",
	Fixes:  "text: secrets: with the variable that ends in _FILE, where the image reads that.",
	Source: "https://docs.docker.com/compose/how-tos/use-secrets/",
}, secretInEnvironment)

// readsFiles are images that also accept a variable NAME as NAME_FILE, by the last part of their name.
var readsFiles = lazyregexp.New(`(?:^|/)(?:postgres|postgresql|postgis|pgvector|timescaledb|mysql|mariadb|percona|mongo|mongodb|wordpress|nextcloud|drupal|joomla|redmine|ghost|rabbitmq|influxdb|neo4j|mongo-express|phpmyadmin|redis|keycloak|minio|vaultwarden|server|pgadmin4|matomo|gitea|authentik|linuxserver.*)$`)

func secretInEnvironment(s judged.Service, _ *check.Facts) (found []check.Finding) {
	for _, place := range []struct {
		name string
		list []merged.Field
	}{{"environment", s.Node.Get("environment").Pairs()}, {"build argument", s.Node.Get("build", "args").Pairs()}} {
		for _, v := range place.list {
			n := v.Value
			if n.Kind != merged.Scalar || n.Null || n.Open || variable.MatchString(n.Raw) {
				continue
			}
			value := strings.ReplaceAll(unquoted(n.Text), "$", "") // a remaining dollar is an escaped "$$"
			one, is := secret.Find(v.Key, value)
			if !is {
				continue
			}
			one.Weak = one.Weak || isDefault(s, value) || toBeChanged(s, n)
			f := judged.At(n, place.name+" "+v.Key, "%s holds %s (%s)", v.Key, one.Kind, one.Masked)
			if one.Weak {
				f.Mode, f.Text = check.Information, f.Text+", a well-known default"
			}
			f.Hint = instead(s, place.name, v.Key)
			found = append(found, f)
		}
	}
	return found
}

// unquoted removes the quotes of KEY="value", which are usually a mistake.
func unquoted(value string) string {
	if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

var (
	// phrases matches placeholders such as very-secure-db-password or ThisIsASecretString.
	phrases = lazyregexp.New(`(?i)^(?:[a-z]+[-_ ]?)*(?:password|passwd|secret|token|key|string|here|makeitup)\d{0,2}$`)
	// toChange matches comments that ask the reader to change the value.
	toChange = lazyregexp.New(`(?i)#.*\b(?:change|adjust|replace|generate|set (?:a|your)|your own|choose)\b`)
	// accounts matches variables whose values are names, not secrets.
	accounts = lazyregexp.New(`(?i)user|database|_db$|^db_?name|_name$|schema`)
)

// isDefault reports whether a value is a typical default for trying out a service: a
// phrase, or the name of the service, its image, its folder, its user or its database.
func isDefault(s judged.Service, value string) bool {
	switch {
	case strings.Contains(value, "://"):
		return false
	case phrases.MatchString(value):
		return true
	}
	names := []string{s.Name, judged.Word(judged.ImageName(s.Service)), path.Base(path.Dir(s.At.File))}
	for _, v := range s.Node.Get("environment").Pairs() {
		if accounts.MatchString(v.Key) && !v.Value.Open {
			names = append(names, v.Value.String())
		}
	}
	value = strings.ToLower(value)
	return slices.ContainsFunc(names, func(name string) bool {
		name = strings.ToLower(name)
		// A short name occurs in many values by chance, and a long rest may be a real secret.
		return len(name) > 2 && strings.Contains(value, name) && len(value) <= len(name)+6
	})
}

// toBeChanged reports whether a comment after a value asks the reader to change it.
func toBeChanged(s judged.Service, n *merged.Node) bool {
	if n.At.File != s.File.Name || n.At.End > len(s.File.Source) {
		return false
	}
	line, _ := judged.LineAt(s.File.Source, n.At.End)
	return toChange.MatchString(line)
}

// variable matches a variable that Compose replaces.
var variable = lazyregexp.New(`(?:^|[^$])(?:\$\$)*\$[A-Za-z_{]`)

var notInNames = lazyregexp.New(`[^A-Za-z0-9_]`)

func instead(s judged.Service, place, name string) string {
	switch {
	case place == "build argument":
		return "build.secrets hands it to one RUN and leaves it in no layer"
	case readsFiles.MatchString(judged.ImageName(s.Service)):
		return fmt.Sprintf("secrets: and %s_FILE: /run/secrets/NAME, which the image reads", name)
	}
	return fmt.Sprintf("%s: ${%s:?} takes it from the environment", name, notInNames.ReplaceAllString(name, "_"))
}
