package kubernetes

import (
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

// flux is a release of Flux, whose version begins in line 7, column 16.
func flux(version, source string) string {
	return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: podinfo\n      version: " + version + "\n      sourceRef: " + source + "\n"
}

const (
	podinfo    = "{kind: HelmRepository, name: podinfo}"
	repository = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: podinfo}\nspec: {url: https://x.io/charts/}\n"
	argo       = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n"
)

// What Flux and Argo CD install.
func TestInstalled(t *testing.T) {
	for _, c := range []struct{ src, beside, want string }{
		// Flux: charts.
		{flux("6.5.0", podinfo) + "---\n" + repository, "", "podinfo 6.5.0 [7:16 6.5.0] nodigest index=https://x.io/charts"},
		{flux("'>=6.0.0 <7.0.0'", podinfo), repository, "podinfo >=6.0.0 <7.0.0 [7:17 >=6.0.0 <7.0.0] nodigest index=https://x.io/charts"},
		{flux("6.x", podinfo), "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata:\n  name: podinfo\nspec:\n  type: oci\n  url: oci://ghcr.io/x\n", "podinfo 6.x [7:16 6.x] nodigest index=oci"},
		{flux("6.5.0", podinfo), "", "podinfo 6.5.0 [7:16 6.5.0] nodigest skip=variable"},
		{flux("6.5.0", "{kind: GitRepository, name: podinfo}"), "", "podinfo 6.5.0 [7:16 6.5.0] nodigest skip=path"},
		{flux("'*'", podinfo), repository, "podinfo * [7:17 *] nodigest index=https://x.io/charts skip=unsupported"},
		{flux("${VERSION}", podinfo), repository, "podinfo ${VERSION} [7:16 ${VERSION}] nodigest index=https://x.io/charts skip=variable"},
		{flux("", podinfo), repository, ""},
		{flux("6.5.0 # freshpin: ignore", podinfo), repository, "podinfo 6.5.0 [7:16 6.5.0] nodigest index=https://x.io/charts ignored"},
		// Flux: values.
		{"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  values:\n    image: {repository: a/b, tag: 1.1.1}\n    side: {image: c:1.2}\n", "", "a/b 1.1.1 [5:35 1.1.1] nodigest\nc 1.2 [6:21 1.2]"},
		// Flux: artifacts and repositories.
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: 'oci://ghcr.io/a/b', ref: {tag: 1.2.3}}\n", "", "ghcr.io/a/b 1.2.3 [3:45 1.2.3] nodigest"},
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: 'oci://ghcr.io/a/b', ref: {tag: 1.2.3, digest: '" + sha + "'}}\n", "", "ghcr.io/a/b 1.2.3 digest=012345 [3:45 1.2.3] [3:61 012345]"},
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://ghcr.io/a/b\n  ref:\n    semver: 6.x\n", "", "ghcr.io/a/b  [6:13 6.x] skip=unsupported"},
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec: {url: 'https://ghcr.io/a/b', ref: {tag: 1.2.3}}\n", "", ""},
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec: {url: 'https://github.com/a/b', ref: {tag: v1.2.3}}\n", "", "github.com/a/b v1.2.3 [3:50 v1.2.3] nodigest index=https://github.com/a/b.git"},
		{"apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec: {url: 'ssh://git@github.com/a/b', ref: {branch: main}}\n", "", ""},
		// Argo CD.
		{argo + "  source: {repoURL: https://x.io/charts, chart: web, targetRevision: 1.2.3}\n", "", "web 1.2.3 [4:70 1.2.3] nodigest index=https://x.io/charts"},
		{argo + "  source: {repoURL: r.io/charts, chart: web, targetRevision: ~1.2}\n", "", "web ~1.2 [4:62 ~1.2] nodigest index=oci"},
		{argo + "  source:\n    repoURL: https://github.com/a/b.git\n    targetRevision: v1.2.3\n    path: deploy\n", "", "github.com/a/b v1.2.3 [6:21 v1.2.3] nodigest index=https://github.com/a/b.git"},
		{argo + "  source: {repoURL: https://github.com/a/b, targetRevision: HEAD}\n", "", "github.com/a/b HEAD [4:61 HEAD] nodigest index=https://github.com/a/b.git skip=unpinned"},
		{argo + "  source: {repoURL: https://github.com/a/b, targetRevision: v1.2.*}\n", "", "https://github.com/a/b  [4:61 v1.2.*}] skip=unsupported"},
		{argo + "  source: {repoURL: https://github.com/a/b}\n", "", ""},
		{argo + "  sources:\n  - {repoURL: https://x.io/charts, chart: web, targetRevision: 1.2.3, helm: {valuesObject: {image: {repository: a/b, tag: 1.1.1}}}}\n  - {repoURL: https://github.com/a/b, targetRevision: v1.2.3, ref: values}\n", "",
			"web 1.2.3 [5:64 1.2.3] nodigest index=https://x.io/charts\na/b 1.1.1 [5:123 1.1.1] nodigest\ngithub.com/a/b v1.2.3 [6:55 v1.2.3] nodigest index=https://github.com/a/b.git"},
		{argo + "  source: {repoURL: https://github.com/a/b, targetRevision: HEAD, kustomize: {images: ['a/b:1.2', 'c=d:1.3']}}\n", "", "github.com/a/b HEAD [4:61 HEAD] nodigest index=https://github.com/a/b.git skip=unpinned\na/b 1.2 [4:93 1.2]"},
		{"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    spec:\n      source: {repoURL: https://x.io/charts, chart: web, targetRevision: '{{ .version }}'}\n", "",
			"web {{ .version }} [6:75 {{ .version }}] nodigest index=https://x.io/charts skip=variable"},
		{argo + "  source: [5]\n  sources: 5\n", "", ""},
	} {
		repo := fstest.MapFS{"deploy/app.yaml": {Data: []byte(c.src)}, "deploy/sources.yaml": {Data: []byte(c.beside)}, "other.yaml": {Data: []byte(repository)}}
		if got := ecosystemtest.Shown(New(nil, nil, nil), repo, "deploy/app.yaml"); got != c.want {
			t.Errorf("%q, %q:\n got %s\nwant %s", c.src, c.beside, got, c.want)
		}
	}
}
