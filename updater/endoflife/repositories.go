package endoflife

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An image is the meaning of a repository's tags.
type image struct {
	product string   // its tags begin with versions of this product; "" if only the system is known
	words   []string // of its name, if they name a system
}

// official are Docker's official images of products in the table.
var official = map[string]string{
	"python": "python", "node": "nodejs", "golang": "go", "php": "php", "ruby": "ruby", "eclipse-temurin": "temurin",
	"postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb", "redis": "redis", "mongo": "mongodb", "nginx": "nginx",
	"debian": "debian", "ubuntu": "ubuntu", "alpine": "alpine", "centos": "centos", "fedora": "fedora",
	"rockylinux": "rocky", "almalinux": "almalinux",
}

// others are other publishers' images whose tags have the same form.
var others = map[string]string{
	"mcr.microsoft.com/dotnet/sdk": "dotnet", "mcr.microsoft.com/dotnet/runtime": "dotnet",
	"mcr.microsoft.com/dotnet/aspnet": "dotnet", "mcr.microsoft.com/dotnet/runtime-deps": "dotnet",
	"mcr.microsoft.com/dotnet/core/sdk": "dotnet", "mcr.microsoft.com/dotnet/core/runtime": "dotnet",
	"mcr.microsoft.com/dotnet/core/aspnet": "dotnet", "mcr.microsoft.com/dotnet/core/runtime-deps": "dotnet",
	"quay.io/centos/centos": "centos", "quay.io/fedora/fedora": "fedora", "registry.fedoraproject.org/fedora": "fedora",
	"docker.io/rockylinux/rockylinux": "rocky", "quay.io/rockylinux/rockylinux": "rocky", "quay.io/almalinuxorg/almalinux": "almalinux",
	"public.ecr.aws/ubuntu/ubuntu": "ubuntu", "public.ecr.aws/debian/debian": "debian",
	"docker.io/nginxinc/nginx-unprivileged": "nginx",
	"docker.io/bitnami/python":              "python", "docker.io/bitnami/node": "nodejs", "docker.io/bitnami/golang": "go",
	"docker.io/bitnami/ruby": "ruby", "docker.io/bitnami/postgresql": "postgresql", "docker.io/bitnami/mysql": "mysql",
	"docker.io/bitnami/mariadb": "mariadb", "docker.io/bitnami/redis": "redis", "docker.io/bitnami/mongodb": "mongodb",
	"docker.io/bitnami/nginx": "nginx", "docker.io/bitnami/php-fpm": "php",
	"docker.io/cimg/python": "python", "docker.io/cimg/node": "nodejs", "docker.io/cimg/go": "go",
	"docker.io/cimg/php": "php", "docker.io/cimg/ruby": "ruby",
}

// mirrors matches the repositories of Docker's official images: in Docker Hub,
// by architecture, and in the public mirrors of cloud providers.
var mirrors = lazyregexp.New(`^(?:` +
	`(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com)/(?:library|amd64|arm32v[567]|arm64v8|i386|mips64le|ppc64le|riscv64|s390x)` +
	`|public\.ecr\.aws/docker/library|mirror\.gcr\.io/library|mcr\.microsoft\.com/mirror/docker/library` +
	`|[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/docker-hub/library` +
	`)/([a-z0-9][a-z0-9._-]*)$`)

// distroless is the prefix of Google's images, whose names say what they contain.
const distroless = "gcr.io/distroless/"

// known returns the meaning of a repository's tags; false for an unknown one.
func known(repository string) (image, bool) {
	repository = full(strings.ToLower(repository))
	if m := mirrors.FindStringSubmatch(repository); m != nil {
		return image{product: official[m[1]]}, true
	}
	if name, ok := strings.CutPrefix(repository, distroless); ok {
		return image{words: strings.Split(name, "-")}, true
	}
	// Bitnami moved its images there in 2025.
	rest, bitnami := strings.CutPrefix(repository, "docker.io/bitnamilegacy/")
	if bitnami {
		repository = "docker.io/bitnami/" + rest
	}
	// Nightly images have the same tags.
	product, ok := others[strings.Replace(repository, "/dotnet/nightly/", "/dotnet/", 1)]
	return image{product: product}, ok
}

// full returns the repository with the registry and namespace that Docker implies.
func full(repository string) string {
	host, _, slash := strings.Cut(repository, "/")
	switch {
	case !slash:
		return "docker.io/library/" + repository
	case strings.ContainsAny(host, ".:") || host == "localhost":
		if parts := strings.Split(repository, "/"); len(parts) == 2 && slices.Contains([]string{"docker.io", "index.docker.io"}, host) {
			return host + "/library/" + parts[1]
		}
		return repository
	}
	return "docker.io/" + repository
}
