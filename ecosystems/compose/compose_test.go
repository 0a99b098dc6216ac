package compose

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

const (
	sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	new = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func tree(src, env string) fstest.MapFS {
	fsys := fstest.MapFS{"app/compose.yaml": {Data: []byte(src)}}
	if env != "" {
		fsys["app/.env"] = &fstest.MapFile{Data: []byte(env)}
	}
	return fsys
}

func extract(t *testing.T, src, env string) []ecosystems.Dependency {
	t.Helper()
	list, err := New(nil).Extract(tree(src, env), "app/compose.yaml")
	if err != nil {
		t.Fatalf("Extract(%q): %v", src, err)
	}
	return list
}

// show prints a dependency in one line: name, pin, where its text stands, and what is special.
func show(src, env string, d ecosystems.Dependency) string {
	at, file := d.At[0], ""
	if strings.HasSuffix(at.File, ".env") {
		src, file = env, "env:"
	}
	line, column := ecosystems.Position([]byte(src), at.Start)
	out := fmt.Sprintf("%s|%s|%s%d:%d %s", d.Name, d.Pin.Text, file, line, column, src[at.Start:at.End])
	add := func(name, value string) {
		if value != "" {
			out += "|" + name + "=" + value
		}
	}
	add("digest", strings.TrimSuffix(strings.TrimPrefix(d.Pin.Digest, "sha256:"), sha[7+6:]))
	add("before", d.Pin.Before)
	add("after", d.Pin.After)
	add("platform", d.Pin.Platform)
	if d.Pin.Comment != nil {
		add("comment", src[d.Pin.Comment.Start:d.Pin.Comment.End])
	}
	if d.Pin.NoDigest != "" {
		out += "|nodigest"
	}
	add("skip", d.Skip.Code)
	if d.Ignored {
		out += "|ignored"
	}
	return out
}

func shown(t *testing.T, src, env string) string {
	t.Helper()
	var out []string
	for _, d := range extract(t, src, env) {
		out = append(out, show(src, env, d))
	}
	return strings.Join(out, " ; ")
}

// one is a service with one image, whose value begins in line 3, column 12.
func one(image string) string { return "services:\n  web:\n    image: " + image }

func TestImage(t *testing.T) {
	for _, c := range []struct{ image, env, want string }{
		// Styles.
		{"nginx:1.13", "", "nginx|1.13|3:18 1.13"},
		{"nginx:1.13\r\n", "", "nginx|1.13|3:18 1.13"},
		{"'nginx:1.13'", "", "nginx|1.13|3:19 1.13"},
		{`"nginx:1.13" # why`, "", "nginx|1.13|3:19 1.13"},
		{`"ngin\x78:1.13"`, "", "nginx|1.13|3:22 1.13"},
		{`"nginx:1\x2e13"`, "", `nginx|1.13|3:13 nginx:1\x2e13|skip=unsupported`},
		{"&img nginx:1.13", "", "nginx|1.13|3:23 1.13"},
		{"!!str nginx:1.13", "", "nginx|1.13|3:24 1.13"},
		{"!!str &img 'nginx:1.13'", "", "nginx|1.13|3:30 1.13"},
		{"&img\n      nginx:1.13", "", "nginx|1.13|4:13 1.13"},
		{">-\n      nginx:1.13\n", "", "nginx|1.13|4:13 1.13"},
		{">\n      nginx:1.13", "", "nginx|1.13|4:13 1.13"},
		{"|2-\r\n      nginx:1.13\r\n", "", "nginx|1.13|4:13 1.13"},
		{">-\n      nginx:\n      1.13\n", "", ">-||3:12 >-|skip=unsupported"},
		{"nginx:\n      1.13\n", "", "image: nginx:||3:5 image: nginx:|skip=malformed"},
		{"null", "", ""},
		{`""`, "", ""},
		{"[a]", "", "[a]||3:12 [a]|skip=malformed"},
		{"{{ image }}:1.13", "", "{{ image }}:1.13||3:12 {{ image }}:1.13|skip=variable"},
		{"'{{ image }}:1.13'", "", "{{ image }}:1.13||3:13 {{ image }}:1.13|skip=variable"},
		{"Nginx:1.13", "", "Nginx:1.13||3:12 Nginx:1.13|skip=malformed"},
		{"nginx", "", "nginx||3:12 nginx|skip=unpinned"},
		{"nginx:latest", "", "nginx|latest|3:18 latest|skip=unpinned"},
		// Digests and comments.
		{"localhost:5000/a:1.13@" + sha, "", "localhost:5000/a|1.13|3:29 1.13|digest=012345"},
		{"postgres@" + sha, "", "postgres||3:21 " + sha + "|digest=012345|skip=no-tag"},
		{"postgres@" + sha + " # 16.7", "", "postgres|16.7|3:21 " + sha + "|digest=012345|comment=16.7"},
		{"'postgres@" + sha + "'   # tag=v16.7, why\r\n", "", "postgres|v16.7|3:22 " + sha + "|digest=012345|comment=v16.7"},
		{"nginx:1.13 # freshpin: ignore", "", "nginx|1.13|3:18 1.13|ignored"},
		{">- # freshpin: ignore\n      nginx:1.13", "", "nginx|1.13|4:13 1.13|ignored"},
		{"nginx:1.13 # not freshpin: ignore", "", "nginx|1.13|3:18 1.13"},
		// Variables.
		{"nginx:${TAG:-1.13}", "", "nginx|1.13|3:25 1.13"},
		{"nginx:${TAG-1.13}-alpine", "", "nginx|1.13-alpine|3:24 1.13|after=-alpine|nodigest"},
		{"nginx:${TAG}", "", "nginx|${TAG}|3:18 ${TAG}|skip=variable"},
		{"nginx:$TAG", "", "nginx|$TAG|3:18 $TAG|skip=variable"},
		{"'nginx:${TAG:?set TAG: please}'", "", "nginx|${TAG:?set TAG: please}|3:19 ${TAG:?set TAG: please}|skip=variable"},
		{"${REG:-docker.io}/nginx:1.13", "", "docker.io/nginx|1.13|3:36 1.13"},
		{"${REG}/nginx:1.13", "", "${REG}/nginx:1.13||3:12 ${REG}/nginx:1.13|skip=variable"},
		{"${REG}nginx:1.13", "", "${REG}nginx:1.13||3:12 ${REG}nginx:1.13|skip=variable"},
		{"${IMG:-nginx:1.13}", "", "nginx|1.13|3:25 1.13"},
		{"nginx:${A:-${B:-1.13}}", "", "nginx|1.13|3:28 1.13"},
		{"nginx:${A:-1}.${B:-13}", "", "nginx|${A:-1}.${B:-13}|3:18 ${A:-1}.${B:-13}|skip=variable"},
		{"nginx:1.13${S:+-x}", "", "nginx|1.13|3:18 1.13|nodigest"},
		{"nginx:1.13-${V:-alpine}", "", "nginx|1.13-alpine|3:18 1.13|after=-alpine|nodigest"},
		{"nginx:1.13@${D:-" + sha + "}", "", "nginx|1.13|3:18 1.13|digest=012345"},
		{"nginx:${TAG:-1.13@" + sha + "}", "", "nginx|1.13|3:25 1.13|digest=012345"},
		{"nginx:$${TAG}", "", "nginx:$${TAG}||3:12 nginx:$${TAG}|skip=malformed"},
		{"nginx:${", "", "nginx:${||3:12 nginx:${|skip=malformed"},
		{"nginx:${1A}", "", "nginx:${1A}||3:12 nginx:${1A}|skip=malformed"},
		// The .env file.
		{"nginx:${TAG}", "TAG=1.13", "nginx|1.13|env:1:5 1.13"},
		{"nginx:$TAG", "# c\r\nexport TAG = '1.13' # c\r\n", "nginx|1.13|env:2:15 1.13"},
		{"nginx:$TAG", "\uFEFFTAG: \"1.13\"\n", "nginx|1.13|env:1:10 1.13"},
		{"nginx:$TAG-x", "TAG=1.13 # c\n", "nginx|1.13-x|env:1:5 1.13|after=-x|nodigest"},
		{"nginx:${TAG:-1.14}", "TAG=1.13", "nginx|1.13|env:1:5 1.13"},
		{"nginx:${TAG:-1.14}", "TAG=", "nginx|1.14|3:25 1.14"},
		{"nginx:${TAG:?x}", "TAG=1.13", "nginx|1.13|env:1:5 1.13"},
		{"nginx:${TAG}", "V=1.13\nTAG=$V", "nginx|1.13|env:1:3 1.13"},
		{"nginx:${TAG}", "V=1.13\nTAG=${V}-x\n", "nginx|1.13-x|env:1:3 1.13|after=-x|nodigest"},
		{"nginx:${TAG}\n    command: echo $TAG", "TAG=1.13", "nginx|1.13|env:1:5 1.13|nodigest"},
		{"nginx:${TAG}\n    env_file: .env", "TAG=1.13", "nginx|1.13|env:1:5 1.13|nodigest"},
		{"nginx:${TAG}", "TAG=1.13 # freshpin: ignore", "nginx|1.13|env:1:5 1.13|ignored"},
		{"nginx:${TAG}", "TAG=\"1\\.13\"", "nginx|${TAG}|3:18 ${TAG}|skip=variable"},
		{"nginx:${TAG}", "?bad\nTAG=1.13", "nginx|${TAG}|3:18 ${TAG}|skip=variable"},
	} {
		if got := shown(t, one(c.image), c.env); got != c.want {
			t.Errorf("image: %s with %q:\n got %s\nwant %s", c.image, c.env, got, c.want)
		}
	}
}

func TestFile(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", ""},
		{"# nothing\n", ""},
		{"services:\n", ""},
		{"[]", ""},
		{"web:\n  image: nginx:1.13\n", "nginx|1.13|2:16 1.13"}, // the first version of the format
		{"version: '2'\nweb:\n  image: nginx:1.13\n", ""},
		{"\uFEFFservices: {web: {image: nginx:1.13}}", "nginx|1.13|1:34 1.13"},
		{"services: {web: {image: 'nginx:1.13', platform: linux/arm64}}", "nginx|1.13|1:32 1.13|platform=linux/arm64"},
		{"services:\n  é: {image: nginx:1.13}", "nginx|1.13|2:21 1.13"},
		{"# \u2028 \u0085 \r\nservices:\r\n  a:\r\n    image: nginx:1.13", "nginx|1.13|4:18 1.13"},
		{"%YAML 1.2\n---\nservices: {web: {image: nginx:1.13}}", "nginx|1.13|3:31 1.13"},
		{"services: {a: {image: a:1.1}}\n---\nservices: {b: {image: b:1.2}}", "a|1.1|1:25 1.1 ; b|1.2|3:25 1.2"},
		{"services:\n  a: {image: a:1.1, build: .}\n  b: {build: .}", "a|1.1|2:16 1.1|skip=build"},
		{"services:\n  a: {image: a:1.1, build: !reset null}", "a|1.1|2:16 1.1"},
		{"x-a: &a {image: a:1.1}\nservices:\n  b:\n    <<: *a\n  c:\n    <<: [*a]", "a|1.1|1:19 1.1"},
		{"x-a: &a {image: a:1.1}\nservices:\n  b:\n    <<: *a\n    build: .", "a|1.1|1:19 1.1|skip=build"},
		{"x-a: &a {image: a:1.1}\nservices:\n  b:\n    <<: *a\n    build: .\n  c: *a", "a|1.1|1:19 1.1"},
		{"x-a: &a {image: a:1.1}\nservices:\n  b:\n    <<: *a\n    image: b:1.2", "a|1.1|1:19 1.1 ; b|1.2|5:14 1.2"},
		{"x-i: &i a:1.1\nservices: {b: {image: *i}, c: {image: *i}}", "a|1.1|1:11 1.1"},
		{"x-a:\n  deep: [{image: a:1.1}]\n  image: {x: y}", "a|1.1|2:20 1.1"},
		{"services:\n  a: &a {image: a:1.1}\n  b: {<<: *a, image: b:1.2}", "a|1.1|2:19 1.1 ; b|1.2|3:24 1.2"},
		{"services: &s\n  <<: *s\n  a: {image: a:1.1}", "a|1.1|3:16 1.1"},
		{"services:\n  a: {image: a:1.1}\n  b: [\n", "b: [||3:3 b: [|skip=malformed"},
		{"services:\n  a: {image: a:1.1}\n---\n  b: [\n", "a|1.1|2:16 1.1 ; b: [||4:3 b: [|skip=malformed"},
		{"services:\n  a: nginx:1.13\n  b: [x]\n  c:\n", ""},
		{"services:\n  a:\n    build:\n      dockerfile_inline: |\n        ARG V=2.2\n        FROM a:1.1\n        FROM b:$$V-x\n        COPY --from=c:3 / /\n",
			"b|2.2-x|5:15 2.2|after=-x|nodigest ; a|1.1|6:16 1.1 ; c|3|8:23 3"},
		{"services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM a:${V:-1.1}\n        FROM b:2", "a||5:21 1.1|skip=variable ; b|2|6:16 2"},
		{"services:\n  a:\n    build:\n      dockerfile_inline: 'FROM a:1.1'", "'FROM a:1.1'||4:26 'FROM a:1.1'|skip=unsupported"},
		{"services:\n  a:\n    build:\n      additional_contexts:\n        x: docker-image://a:1.1\n        y: ../y",
			"a|1.1|5:29 1.1"},
		{"services:\n  a:\n    build:\n      additional_contexts: [x=docker-image://a:1.1]", "a|1.1|4:48 1.1"},
	} {
		if got := shown(t, c.src, ""); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}
