package compose

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

// many reads a repository as the updater does: the first file, and all that it leads to.
func many(t *testing.T, files ...string) string {
	t.Helper()
	repo := fstest.MapFS{}
	for _, f := range files {
		name, text, _ := strings.Cut(f, "|")
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	first, _, _ := strings.Cut(files[0], "|")
	queue, seen := []string{first}, map[string]bool{first: true}
	var out []string
	for n := 0; n < len(queue); n++ {
		list, err := New(nil).Extract(repo, queue[n])
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			line, _ := ecosystems.Position(repo[d.At[0].File].Data, d.At[0].Start)
			row := d.At[0].File + ":" + string(rune('0'+line)) + " " + d.Name + "|" + d.Pin.Text
			if d.Skip.Code != "" {
				row += "|" + d.Skip.Code
			}
			if d.Pin.NoDigest != "" {
				row += "|nodigest"
			}
			out = append(out, row)
		}
		for _, f := range New(nil).Follow(repo, queue[n]) {
			if !seen[f] {
				seen[f] = true
				queue = append(queue, f)
			}
		}
	}
	return strings.Join(out, " ; ")
}

// Files that others include and extend (case 20-service-from-another-file).
func TestFollow(t *testing.T) {
	const common = "services:\n  base:\n    image: nginx:1.25.1\n"
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"include and extends", []string{
			"compose.yaml|include:\n  - path: infra/db.yaml\n  - more.yml\nservices:\n  a:\n    extends:\n      file: common.yml\n      service: base\n",
			"common.yml|" + common, "infra/db.yaml|services:\n  db:\n    image: redis:7.2.1\n", "more.yml|services: {c: {image: a:1}}",
		}, "infra/db.yaml:3 redis|7.2.1 ; more.yml:1 a|1 ; common.yml:3 nginx|1.25.1"},
		{"a list of paths, and overrides", []string{
			"compose.yaml|include:\n- path: [a/x.yml, a/y.yml]\n  project_directory: ..\n",
			"a/x.yml|services: {c: {image: a:1}}", "a/y.yml|services: {c: {image: a:2}}",
		}, "a/x.yml:1 a|1 ; a/y.yml:1 a|2"},
		{"cycles", []string{
			"compose.yaml|include: [x.yml, compose.yaml]\nservices: {a: {image: a:1, extends: {file: ./compose.yaml, service: b}}}", "x.yml|include: [compose.yaml, y.yml]", "y.yml|include: [x.yml]\nservices: {c: {image: c:3}}",
		}, "compose.yaml:2 a|1 ; y.yml:2 c|3"},
		{"what is not followed", []string{
			"app/compose.yaml|include:\n- ../../out.yml\n- /etc/x.yml\n- oci://r.io/x:1\n- https://github.com/a/b.git\n- ${X}/y.yml\n- none.yml\n- sub\n- '{{ x }}.yml'\n", "app/sub/z|",
		}, "app/compose.yaml:2 ../../out.yml||path ; app/compose.yaml:3 /etc/x.yml||path ; app/compose.yaml:4 oci://r.io/x:1||url ; app/compose.yaml:5 https://github.com/a/b.git||url ; " +
			"app/compose.yaml:6 ${X}/y.yml||variable ; app/compose.yaml:7 none.yml||path ; app/compose.yaml:8 sub||path ; app/compose.yaml:9 {{ x }}.yml||variable"},
		{"a path with a variable of the .env", []string{
			"app/compose.yaml|include: ['${DIR:-sub}/x.yml', \"$D/y.yml\"]", "app/.env|D=sub", "app/sub/x.yml|services: {c: {image: a:1}}", "app/sub/y.yml|services: {c: {image: a:2}}",
		}, "app/sub/x.yml:1 a|1 ; app/sub/y.yml:1 a|2"},
		{"extends is read with the .env of who extends, include with its own", []string{
			"app/compose.yaml|include: [sub/x.yml]\nservices: {a: {extends: {file: sub/y.yml, service: c}}}", "app/.env|T=1.1\n", "app/sub/.env|T=2.2\n",
			"app/sub/x.yml|services: {c: {image: 'a:$T'}}", "app/sub/y.yml|services: {c: {image: 'b:$T'}}",
		}, "app/sub/.env:1 a|2.2 ; app/.env:1 b|1.1"},
		{"project_directory and env_file name the .env", []string{
			"app/compose.yaml|include: [{path: sub/x.yml, project_directory: .}, {path: sub/y.yml, env_file: sub/e.env}]", "app/.env|T=1.1\n", "app/sub/e.env|T=2.2\n",
			"app/sub/x.yml|services: {c: {image: 'a:$T'}}", "app/sub/y.yml|services: {c: {image: 'b:$T'}}",
		}, "app/.env:1 a|1.1 ; app/sub/e.env:1 b|2.2"},
		{"a variable that is used here and in a file that is extended gets no digest", []string{
			"compose.yaml|services: {a: {image: 'a:$T'}, b: {extends: {file: x.yml, service: c}}}", ".env|T=1.1\n", "x.yml|services: {c: {image: 'a:$T'}}",
		}, ".env:1 a|1.1|nodigest ; .env:1 a|1.1|nodigest"},
	} {
		if got := many(t, c.files...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Every place of the Compose specification that names an image (case 21-image-volume).
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"services:\n  a:\n    image: nginx:1.25.1\n    volumes:\n      - type: image\n        source: acme/app:1.0.0\n        target: /x\n      - data:/d\n      - {type: bind, source: b:1, target: /y}\n",
			"nginx|1.25.1|3:18 1.25.1 ; acme/app|1.0.0|6:26 1.0.0"},
		{"services:\n  a:\n    image: a:1.1\n    platform: linux/arm64\n    pre_start:\n      - image: init:2.2\n        volumes: [{type: image, source: v:3.3}]\n      - {command: x}\n    post_start: [{command: y}]\n",
			"a|1.1|3:14 1.1|platform=linux/arm64 ; init|2.2|6:21 2.2|platform=linux/arm64 ; v|3.3|7:43 3.3"},
		{"jobs:\n  j:\n    image: a:1.1\nservices: {}\n", "a|1.1|3:14 1.1"},
		{"services:\n  a: &a\n    image: a:1.1\n    pre_start: [*a]\n", "a|1.1|3:14 1.1"},
	} {
		if got := shown(t, c.src, ""); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// What keeps a digest from a variable of the .env must be true (issue 11: "used in other places too").
func TestElsewhere(t *testing.T) {
	for _, c := range []struct{ src, env, want string }{
		{"image: a:$T", "T=1.1", ""},
		{"image: a:$T # not $T", "T=1.1", ""},
		{"image: a:$T\n    # image: b:$T\n    # env_file: .env", "T=1.1\n# T=$T\nX=1 # $T", ""},
		{"image: a:$T\n    command: echo $$T $${T}", "T=1.1", ""},
		{"image: a:$T\n    command: echo $T", "T=1.1", "T is used 2 times, and what is added to it goes everywhere"},
		{"image: a:$T\n    labels: {'x.$T': y}", "T=1.1", ""},
		{"image: a:$T\n    environment: [T]", "T=1.1", "T is used 2 times, and what is added to it goes everywhere"},
		{"image: a:$T\n    environment: {T: }", "T=1.1", "T is used 2 times, and what is added to it goes everywhere"},
		{"image: a:$T\n    environment: [T=x]", "T=1.1", ""},
		{"image: a:$T", "T=1.1\nU=x-$T", "T is used 2 times, and what is added to it goes everywhere"},
		{"image: a:$T\n    env_file: [./.env]", "T=1.1", "containers get T too, by env_file"},
		{"image: a:$T\n    env_file: [{path: .env}]", "T=1.1", "containers get T too, by env_file"},
		{"image: a:$T\n    env_file: other.env", "T=1.1", ""},
	} {
		list := extract(t, "services:\n  web:\n    "+c.src, c.env)
		if got := list[0].Pin.NoDigest; len(list) != 1 || got != c.want {
			t.Errorf("%q with %q: %q, want %q", c.src, c.env, got, c.want)
		}
	}
}
