package all

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	"github.com/freshpin/freshpin/ecosystems/version"
)

const (
	digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	commit = "0123456789abcdef0123456789abcdef01234567"
	other  = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// named makes an ecosystem whose registries, index and proxy are at one address.
func named(name string) func(address string) ecosystems.Ecosystem {
	return func(address string) ecosystems.Ecosystem {
		env := map[string]string{"PIP_INDEX_URL": address + "/simple", "GOPROXY": address, "GOSUMDB": "off"}
		mirrors := map[string]string{}
		for _, host := range []string{"docker.io", "ghcr.io", "quay.io", "github.com", "api.github.com", "releases.hashicorp.com", "deb.debian.org"} {
			mirrors[host] = address
		}
		client := fetch.New(fetch.Options{Retries: -1, Timeout: 5 * time.Second})
		git := Git{Mirrors: map[string]string{"github.com": address}}
		for _, e := range New(Options{HTTP: client, Getenv: func(key string) string { return env[key] }, Mirrors: mirrors, Git: git}) {
			if e.Info().Name == name {
				return e
			}
		}
		return nil
	}
}

// behind puts a comment at the end of a line.
func behind(comment string) func(lines []string, n int) []string {
	return func(lines []string, n int) []string {
		text := strings.TrimRight(lines[n], "\r\n")
		lines[n] = text + comment + lines[n][len(text):]
		return lines
	}
}

// above puts a comment on a line of its own.
func above(comment string) func(lines []string, n int) []string {
	return func(lines []string, n int) []string {
		lines[n] = comment + "\n" + lines[n]
		return lines
	}
}

// moved leads everything to one version, read as the ecosystem reads it.
func moved(v version.Version, digest string, hashes ...string) func(ecosystems.Dependency) ecosystems.Target {
	return func(d ecosystems.Dependency) ecosystems.Target {
		t := ecosystems.Target{Version: v}
		if d.Name == "toolchain" {
			t.Version, _ = gosemver.ParseToolchain("go1.99.9")
		}
		if d.Pin.NoDigest == "" {
			t.Digest = digest
		}
		if d.Pin.Version.Text != "" || d.Pin.Admits != nil {
			t.Hashes = hashes
		}
		return t
	}
}

// tagged leads actions to a tag and its commit, and images to a tag and its digest.
func tagged(tag, image version.Version) func(ecosystems.Dependency) ecosystems.Target {
	return func(d ecosystems.Dependency) ecosystems.Target {
		if d.Package.Kind == "oci" {
			return moved(image, other)(d)
		}
		return moved(tag, commit[20:]+commit[:20])(d)
	}
}

// TestContract holds every ecosystem to the contract, each with a file that has
// what its format allows.
func TestContract(t *testing.T) {
	python, _ := pep440.Parse("9.9.9")
	module, _ := gosemver.Parse("v9.9.9")
	download, _ := release.Parse("9.9.9")
	examples := map[string]ecosystemtest.Example{
		"dockerfile": {
			Path: "Dockerfile",
			Files: map[string]string{"Dockerfile": "ARG V=1.2.3\n\nFROM --platform=linux/amd64 golang:1.21.0-alpine AS build\nRUN go build\n" +
				"COPY --from=busybox:1.36.0 /bin/x /x\n\nFROM ghcr.io/acme/base:${V}\n\nFROM python:3.6.1@" + digest + "\nCOPY --from=build /x /x\nFROM scratch\n"},
			Names:   []string{"ghcr.io/acme/base", "golang", "busybox", "python"},
			Foreign: []string{"compose.yaml", "go.mod", "requirements.txt"},
			Ignore:  above("# freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"compose": {
			Path: "compose.yaml",
			Files: map[string]string{"compose.yaml": "services:\n  web:\n    image: nginx:1.13.0 # the proxy\n  db:\n    image: \"postgres:15.1@" + digest + "\"\n" +
				"  cache:\n    image: 'redis:${TAG:-3.2.1}'\n  app: {build: ., image: acme/app:1.0.0}\n"},
			Names:   []string{"nginx", "postgres", "redis", "acme/app"},
			Foreign: []string{"Dockerfile", "go.mod", "values.yaml", "compose.json"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"kubernetes": {
			Path: "app.yaml",
			Files: map[string]string{"app.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      initContainers:\n      - image: busybox:1.36.0 # why\n      containers:\n" +
				"      - name: web\n        image: \"nginx:1.13.0@" + digest + "\"\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'redis:3.2.1'}]}\n"},
			Names:   []string{"busybox", "nginx", "redis"},
			Foreign: []string{"Dockerfile", "go.mod", "app.json", "app.yaml.tpl"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"helm": {
			Path: "values.yaml",
			Files: map[string]string{"values.yaml": "# values\nimage:\n  registry: quay.io\n  repository: acme/app\n  tag: 1.2.0\n  digest: " + digest + "\nweb:\n  image: nginx:1.13.0 # the proxy\n" +
				"cache:\n  image:\n    repository: redis\n    tag: '3.2.1'\n"},
			Names:   []string{"quay.io/acme/app", "nginx", "redis"},
			Foreign: []string{"Dockerfile", "go.mod", "values.json", "Chart.lock"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"kustomize": {
			Path: "kustomization.yaml",
			Files: map[string]string{"kustomization.yaml": "resources:\n- base\n- github.com/acme/flows//deploy?ref=v1.2.3\nimages:\n- name: nginx\n  newTag: 1.13.0 # why\n- name: app\n  newName: ghcr.io/acme/app\n  newTag: 'v1.2.3@" + digest + "'\n" +
				"- {name: redis, newTag: \"3.2.1\"}\n"},
			Names:   []string{"github.com/acme/flows", "nginx", "ghcr.io/acme/app", "redis"},
			Foreign: []string{"Dockerfile", "values.yaml", "kustomization.json"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"gitlabci": {
			Path:    ".gitlab-ci.yml",
			Files:   map[string]string{".gitlab-ci.yml": "default:\n  image: node:18.1.0 # why\ntest:\n  image:\n    name: \"golang:1.21.0@" + digest + "\"\n  services:\n  - postgres:15.1\n  - name: redis:7.0.1\n    alias: r\n"},
			Names:   []string{"node", "golang", "postgres", "redis"},
			Foreign: []string{"Dockerfile", "gitlab-ci.yml", ".gitlab.yml"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"devcontainer": {
			Path: "devcontainer.json",
			Files: map[string]string{"devcontainer.json": "// why\n{\n  \"image\": \"golang:1.21.0@" + digest + "\",\n  \"features\": {\n    \"ghcr.io/acme/features/git:1.2.3\": {},\n" +
				"    \"ghcr.io/acme/features/node:2.0.1\": {\"version\": \"18\"},\n  },\n}\n"},
			Names:   []string{"golang", "ghcr.io/acme/features/git", "ghcr.io/acme/features/node"},
			Foreign: []string{"Dockerfile", "package.json", "devcontainer-lock.json"},
			Ignore:  behind(" // freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"bake": {
			Path: "docker-bake.hcl",
			Files: map[string]string{"docker-bake.hcl": "variable \"V\" {\n  default = \"1.2.3\"\n}\ntarget \"app\" {\n  contexts = {\n    base = \"docker-image://alpine:3.18.0\"\n" +
				"    go = \"docker-image://golang:${V}\"\n  }\n  args = {\n    RUN_IMAGE = \"busybox:1.36.0@" + digest + "\"\n  }\n}\n"},
			Names:   []string{"golang", "alpine", "busybox"},
			Foreign: []string{"Dockerfile", "main.hcl", "bake.go"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(dockertag.Parse("9.9.9"), other),
		},
		"pyproject": {
			Path: "pyproject.toml",
			Files: map[string]string{"pyproject.toml": "[project]\nname = \"x\"\ndependencies = [\n    \"appdirs==1.4.0\", # why\n    \"requests~=2.5.0\",\n]\n" +
				"[dependency-groups]\ntest = [\n    'Flask[async]>=0.12,<0.13',\n]\n[tool.poetry.dependencies]\nidna = \"2.5\"\n"},
			Names:   []string{"appdirs", "requests", "Flask", "idna"},
			Foreign: []string{"Dockerfile", "poetry.lock", "requirements.txt", "Cargo.toml"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(python, ""),
		},
		"requirements": {
			Path: "requirements.txt",
			Files: map[string]string{"requirements.txt": "# x\nappdirs==1.4.0\nFlask[async]>=0.12,<0.13 ; python_version > '3'\n\nidna==2.5 \\\n    --hash=" + digest + "\n" +
				"-e ./local\nrequests~=2.5.0 # fine\n"},
			Names:   []string{"appdirs", "Flask", "idna", "local", "requests"},
			Foreign: []string{"Dockerfile", "go.mod", "notes.txt", "requirements.md"},
			Ignore:  behind(" # freshpin: ignore"), Target: moved(python, "", other),
		},
		"download": {
			Path: "Dockerfile",
			Files: map[string]string{"Dockerfile": "FROM debian:12\n\nENV GOSU_VERSION=1.16\nRUN curl -fLo /g https://github.com/tianon/gosu/releases/download/$GOSU_VERSION/gosu-amd64\n" +
				"RUN curl https://releases.hashicorp.com/terraform/1.5.0/terraform_1.5.0_linux_amd64.zip -o t.zip \\\n && unzip terraform_1.5.0_linux_amd64.zip\n\nRUN apt-get update && apt-get install -y git=1:2.39.2-1.1\n"},
			Names:   []string{"tianon/gosu", "terraform", "git"},
			Foreign: []string{"compose.yaml", "go.mod", "requirements.txt"},
			Ignore:  above("# freshpin: ignore"), Target: moved(download, ""),
		},
		"gomod": {
			Path: "go.mod",
			Files: map[string]string{"go.mod": "module example.com/app\n\ngo 1.21\n\ntoolchain go1.21.3\n\nrequire (\n\texample.com/a v1.2.3\n\texample.com/b/v2 v2.0.1 // why\n)\n\n" +
				"require example.com/c v0.1.0 // indirect\n\nexclude example.com/a v1.2.4\n"},
			Names:    []string{"toolchain", "example.com/a", "example.com/b/v2", "example.com/c"},
			Indirect: []string{"example.com/c"},
			Foreign:  []string{"Dockerfile", "go.sum", "go.mod.bak", "requirements.txt"},
			Ignore:   behind(" // freshpin: ignore"), Target: moved(module, ""),
		},
		"pre-commit": {
			Path: ".pre-commit-config.yaml",
			Files: map[string]string{".pre-commit-config.yaml": "repos:\n- repo: https://github.com/psf/black\n  rev: 22.3.0 # why\n  hooks: [{id: black}]\n- repo: local\n  hooks: []\n" +
				"- repo: git@github.com:acme/hooks.git\n  rev: " + commit + "  # frozen: v1.2.3\n- {repo: 'https://github.com/acme/flow', rev: v2.0.0}\n"},
			Names:   []string{"github.com/psf/black", "github.com/acme/hooks", "github.com/acme/flow"},
			Foreign: []string{"Dockerfile", "go.mod", "compose.yaml", ".pre-commit-hooks.yaml"},
			Ignore:  behind(" # freshpin: ignore"), Target: tagged(gittag.Parse("v9.9.9"), dockertag.Parse("9.9.9")),
		},
		"actions": {
			Path: ".github/workflows/ci.yml",
			Files: map[string]string{".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    container: node:18.1.0 # the image\n    steps:\n      - uses: actions/checkout@v4.2.1\n" +
				"      - {uses: 'acme/tool@" + commit + "'} # v1.2.3\n      - uses: \"acme/other/sub@" + commit + "\" # tag=v2.0.0 # why\n      - uses: docker://alpine:3.18.1\n      - uses: ./local\n"},
			Names:   []string{"node", "actions/checkout", "acme/tool", "acme/other/sub", "alpine"},
			Foreign: []string{"Dockerfile", "go.mod", "compose.yaml", ".github/dependabot.yml"},
			Ignore:  behind(" # freshpin: ignore"), Target: tagged(gittag.Parse("v9.9.9"), dockertag.Parse("9.9.9")),
		},
	}
	for _, eco := range New(Options{Getenv: func(string) string { return "" }}) {
		e, ok := examples[eco.Info().Name]
		if !ok {
			t.Errorf("there is no example of %s", eco.Info().Name)
			continue
		}
		e.Make = named(eco.Info().Name)
		t.Run(eco.Info().Name, func(t *testing.T) {
			for _, v := range ecosystemtest.Violations(context.Background(), e) {
				t.Error(v)
			}
		})
	}
}
