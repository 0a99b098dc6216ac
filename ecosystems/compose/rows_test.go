package compose

import (
	"strings"
	"testing"
)

// Rows of other tools' reports and tests, with what is right for Compose.
func TestRowsOfOthers(t *testing.T) {
	for _, c := range []struct{ report, src, env, want string }{
		{"renovate docker-compose, default values", "services:\n  r: {image: \"${R:-redis:5.0.0@" + sha + "}\"}\n  p: {image: '${P:-some/postgres:12.2}'}\n", "",
			"redis|5.0.0|2:26 5.0.0|digest=012345 ; some/postgres|12.2|3:34 12.2"},
		{"renovate docker-compose, tags of YAML", "services:\n  a:\n    ports: !reset []\n    image: !override a:1.2\n  b:\n    image: !reset null\n  c: !reset {image: c:1.2}\n", "", "a|1.2|4:24 1.2"},
		{"renovate docker-compose, the first format", "redis:\n  image: quay.io/something/redis:alpine\nworker:\n  image: \"node:10.0.0\"\nvote:\n  build: .\n", "",
			"quay.io/something/redis|alpine|2:34 alpine|skip=unpinned ; node|10.0.0|4:16 10.0.0"},
		{"dependabot docker_compose, variable as the whole image", one("${IMAGE:-ubuntu:14.04}"), "", "ubuntu|14.04|3:28 14.04"},
		{"dependabot docker_compose, Dockerfile inline", "services:\n  a:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM ubuntu:14.04\n        RUN apt-get update\n", "", "ubuntu|14.04|6:21 14.04"},
		{"drevops/vortex #1304, an image as a build argument", "services:\n  m:\n    build:\n      args:\n        IMAGE: \"${DB_IMAGE:-uselagoon/mariadb:24.4.0}\"\n        VERSION: 1.2.3\n        ADDRESS: db:5432\n", "",
			"uselagoon/mariadb|24.4.0|5:47 24.4.0|nodigest"},
		{"the same as a list", "services:\n  m:\n    build:\n      context: .\n      args:\n      - BASE_IMAGE=a:1.2@" + sha + "\n      - 'BASE=b:1.3'\n      - IMAGE\n      - IMAGE=${X}\n", "",
			"a|1.2|6:22 1.2|digest=012345 ; b|1.3|7:17 1.3|nodigest"},
		{"an argument that is no reference", "services: {m: {build: {args: {IMAGE: 'a:b:c', BASE: 'http://x/y:1', BASE_IMAGE: {a: 1}}}}}\n", "", ""},
		{"ratchet, comment with the reference", one("'postgres@" + sha + "' # ratchet:postgres:15.2"), "", "postgres|15.2|3:22 " + sha + "|digest=012345|comment=15.2"},
		{"frizbee, comment with the tag", one("ghcr.io/a/b@" + sha + " # v1.2.3"), "", "ghcr.io/a/b|v1.2.3|3:24 " + sha + "|digest=012345|comment=v1.2.3"},
		{"updatecli, comment with name and tag", one("postgres@" + sha + " # postgres 15.2"), "", "postgres|15.2|3:21 " + sha + "|digest=012345|comment=15.2"},
		{"comment that names another image", one("postgres@" + sha + " # redis 15.2"), "", "postgres||3:21 " + sha + "|digest=012345|skip=no-tag"},
		{"Azure's replace tokens", one("'a:#{TAG}#'"), "", "a:#{TAG}#||3:13 a:#{TAG}#|skip=variable"},
		{"a template with square brackets", one("'a:[[ tag ]]'"), "", "a:[[ tag ]]||3:13 a:[[ tag ]]|skip=variable"},
		{"the identifier of a local image", one("sha256:" + strings.Repeat("a", 64)), "", "sha256:" + strings.Repeat("a", 64) + "||3:12 sha256:" + strings.Repeat("a", 64) + "|skip=malformed"},
		{"compose-go, ${TAG:-} is no reference", one("redis:${TAG:-}"), "", "redis:${TAG:-}||3:12 redis:${TAG:-}|skip=malformed"},
		{"compose-go, $$ is a dollar", one("a:1.2$$"), "", "a:1.2$$||3:12 a:1.2$$|skip=malformed"},
		{"compose-go, a value of single quotes", one("a:$T"), "T='$V'\nV=1", "a:$T|$T|3:14 $T|skip=variable"},
		{"compose-go, nested defaults", one("a:${A:-${B:-1.2}}"), "", "a|1.2|3:24 1.2"},
		{"compose-go, required", one("a:${X:?err}"), "", "a|${X:?err}|3:14 ${X:?err}|skip=variable"},
		{"compose-go, two documents", "services: {a: {image: a:1.2}}\n---\nservices: {b: {image: b:1.3}}\n", "", "a|1.2|1:25 1.2 ; b|1.3|3:25 1.3"},
		{"a list of merged fragments", "x-a: &a {image: a:1.2}\nx-b: &b {image: b:1.3}\nservices:\n  s:\n    <<: [*a, *b]\n", "", "a|1.2|1:19 1.2 ; b|1.3|2:19 1.3"},
		{"a key of its own line", "services:\n  s:\n    ? image\n    : a:1.2\n", "", "a|1.2|4:9 1.2"},
		{"a comment before the value", "services:\n  s:\n    image: # here\n      a:1.2\n", "", "a|1.2|4:9 1.2"},
		{"JSON", "{\"services\": {\"s\": {\"image\": \"a:1.2\"}}}", "", "a|1.2|1:33 1.2"},
		{"a workflow that is named as a Compose file", "on: push\njobs:\n  build:\n    container: {image: a:1.2}\n    services: {r: {image: redis:6}}\n", "", ""},
		{"a manifest of Kubernetes", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: a:1.2\n", "", ""},
	} {
		if got := shown(t, c.src, c.env); got != c.want {
			t.Errorf("%s: %q:\n got %s\nwant %s", c.report, c.src, got, c.want)
		}
	}
}

func TestMatchNames(t *testing.T) {
	for file, want := range map[string]bool{
		"compose.yaml": true, "compose.yml": true, "docker-compose.yml": true, "a/docker-compose.override.yaml": true, "compose.dev.yaml": true,
		"ops-compose.yml": true, "dev.compose.yaml": true, "docker_compose.yml": true, "dockercompose.yml": true, "Docker-Compose.YML": true, "docker-compose-ci.yml": true, "compose2.yml": true, // case 15-dockerfile-dash-name
		"composer.yaml": false, "composition.yml": false, "decompose.yml": false, "compose.json": false, "compose": false, "compose.yaml.j2": false,
	} {
		if got := New(nil).Match(file); got != want {
			t.Errorf("Match(%q) = %v", file, got)
		}
	}
}

// What a person names is told by its content.
func TestRecognizes(t *testing.T) {
	for text, want := range map[string]bool{
		one("a:1"): true, "services: {}\n": false, "services: [a]\n": false, "include: [x.yml]\n": true, "include: [x.yml]\nstages: [a]\n": false, "": false,
		"services:\n{% for i in x %}\n  s{{ i }}:\n    image: a:1.2\n{% endfor %}\n": true, "services:\n  a: 1\n": false, "\x00": false, "[": false,
	} {
		if got := New(nil).Recognizes(text); got != want {
			t.Errorf("Recognizes(%q) = %v", text, got)
		}
	}
}
