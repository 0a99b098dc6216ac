package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestNoProvenanceLabels(t *testing.T) {
	checktest.Docker(t, NoProvenanceLabels, []checktest.Row{

		{Src: "FROM a AS b\nLABEL org.opencontainers.image.source=x\nFROM c\n", Want: "3 source; 3 revision", Around: pushed("docker/build-push-action@v6")},
		{Src: "FROM a\nLABEL \"org.opencontainers.image.source\"=\"x\"", Want: "1 revision", Around: pushed("docker push x")},
		{Src: "FROM a\nLABEL maintainer=x", Want: "1 source; 1 revision", Around: pushed("docker buildx build . --push")},
		{Src: "FROM a", Want: "1 source; 1 revision", Around: pushed("podman push x")},
		{Src: "FROM a AS b\nFROM b AS c", Want: "2 source; 2 revision", Around: pushed("docker/bake-action@v5")},
		{Src: "FROM a\nCMD x\n", Want: "1 source; 1 revision", Around: at("https://github.com/acme/shop"), Fixed: "FROM a\nCMD x\nLABEL org.opencontainers.image.source=\"https://github.com/acme/shop\"\n"},
		{Src: "FROM a\r\nCMD x", Want: "1 source; 1 revision", Around: at("https://git.acme.test:3000/a/b"), Fixed: "FROM a\r\nCMD x\r\nLABEL org.opencontainers.image.source=\"https://git.acme.test:3000/a/b\""},
		{Src: "FROM a\nRUN x <<E\ny\nE\n# end", Want: "1 source; 1 revision", Around: at("https://github.com/acme/shop"), Fixed: "FROM a\nRUN x <<E\ny\nE\n# end\nLABEL org.opencontainers.image.source=\"https://github.com/acme/shop\""},
		{Src: "FROM a\nLABEL org.opencontainers.image.source=x", Want: "1 revision", Around: at("https://github.com/acme/shop")},
		{Src: "FROM a AS b\nLABEL org.opencontainers.image.source=x org.opencontainers.image.revision=$R\nFROM b", Want: "", Around: pushed("docker push x")},
		{Src: "FROM a", Want: "", Around: pushed("docker/metadata-action@v5\ndocker/build-push-action@v6")},
		{Src: "FROM a", Want: "", Around: pushed("docker build --label x=y . && docker push x")},
		{Src: "FROM a", Want: "", Around: pushed("go test ./...")},
		{Src: "FROM a", Want: ""},
		{Src: "", Want: "", Around: pushed("docker push x")},
	})
}

// pushed returns a repository with a workflow.
func pushed(text string) check.Surroundings { return checktest.Files(".github/workflows/ci.yml", text) }

// at returns a repository that pushes images and whose address is known.
func at(address string) check.Surroundings {
	around := pushed("docker push x")
	around.Address = address
	return around
}
