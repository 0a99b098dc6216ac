package download

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
)

func extract(t *testing.T, e *Ecosystem, src string) []ecosystems.Dependency {
	t.Helper()
	list, err := e.Extract(fstest.MapFS{"Dockerfile": {Data: []byte(src)}}, "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A shape is a file with holes for one version. What stands before an update is
// the file of the one version, and what must stand after it that of the other.
type shape struct {
	name, dependency string
	from, to         string
	src              string
}

const (
	redisSum = "{sha256 redis {V} redis-{V}.tar.gz}"
	gosuSum  = "{sha256 tianon/gosu {V} gosu-amd64}"
	gosuArm  = "{sha256 tianon/gosu {V} gosu-arm64}"
	toolSum  = "{sha256 acme/tool {V} tool_{V}_linux_amd64.tar.gz}"
	toolArm  = "{sha256 acme/tool {V} tool_{V}_linux_arm64.tar.gz}"
	gosuURL  = "https://github.com/tianon/gosu/releases/download"
)

// shapes are those of the public Dockerfiles that name versions with checksums, each in its smallest form.
var shapes = []shape{
	{"ENV of one line", "tianon/gosu", "1.16", "1.17", "FROM debian\nENV GOSU_VERSION={V} GOSU_SHA256=" + gosuSum + "\nRUN curl -fLo /g " + gosuURL + "/$GOSU_VERSION/gosu-amd64 && echo \"$GOSU_SHA256  /g\" | sha256sum -c -\n"},
	{"two ENV", "tianon/gosu", "1.16", "1.17", "FROM debian\nENV GOSU_VERSION {V}\nENV GOSU_SHA256 " + gosuSum + "\nRUN curl -fLo /g " + gosuURL + "/${GOSU_VERSION}/gosu-amd64\n"},
	{"two ENV in the other order", "tianon/gosu", "1.16", "1.17", "FROM debian\nENV GOSU_SHA256=\"" + gosuSum + "\"\nENV GOSU_VERSION=\"{V}\"\nRUN wget " + gosuURL + "/${GOSU_VERSION}/gosu-amd64\n"},
	{"the talk's three", "redis", "3.2.9", "3.2.13", "FROM alpine\nENV REDIS_VERSION {V}\nENV REDIS_DOWNLOAD_URL http://download.redis.io/releases/redis-{V}.tar.gz\nENV REDIS_DOWNLOAD_SHA " + redisSum +
		"\nRUN wget -O redis.tar.gz \"$REDIS_DOWNLOAD_URL\"; echo \"$REDIS_DOWNLOAD_SHA *redis.tar.gz\" | sha256sum -c -\n"},
	{"the address alone", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nRUN curl -L https://github.com/acme/tool/releases/download/v{V}/tool_{V}_linux_amd64.tar.gz | tar xz\n"},
	{"two addresses and a checksum", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nRUN curl -LO https://github.com/acme/tool/releases/download/v{V}/tool_{V}_linux_amd64.tar.gz \\\n && curl -LO https://github.com/acme/tool/releases/download/v{V}/tool_{V}_linux_amd64.tar.gz.asc \\\n && echo '" + toolSum + "  tool_{V}_linux_amd64.tar.gz' | sha256sum -c\n"},
	{"case arms with address and checksum", "go", "1.21.0", "1.21.1", "FROM debian\nENV GOLANG_VERSION {V}\nRUN set -eux; \\\n\tarch=\"$(dpkg --print-architecture)\"; \\\n\tcase \"$arch\" in \\\n\t\t'amd64') \\\n\t\t\turl='https://dl.google.com/go/go{V}.linux-amd64.tar.gz'; \\\n\t\t\tsha256='{sha256 go {V} go{V}.linux-amd64.tar.gz}'; \\\n\t\t\t;; \\\n\t\t'armhf') \\\n\t\t\turl='https://dl.google.com/go/go{V}.linux-armv6l.tar.gz'; \\\n\t\t\tsha256='{sha256 go {V} go{V}.linux-armv6l.tar.gz}'; \\\n\t\t\t;; \\\n\t\t*) echo >&2 \"error: unsupported architecture '$arch'\"; exit 1 ;; \\\n\tesac; \\\n\twget -O go.tgz.asc \"$url.asc\"; wget -O go.tgz \"$url\"; echo \"$sha256 *go.tgz\" | sha256sum -c -\n"},
	{"case arms with checksums alone", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nARG TOOL_VERSION={V}\nRUN arch=$(dpkg --print-architecture); case $arch in amd64) h=" + toolSum + " ;; arm64) h=" + toolArm + " ;; esac; curl -fLo t https://github.com/acme/tool/releases/download/v${TOOL_VERSION}/tool_${TOOL_VERSION}_linux_${arch}.tar.gz; echo \"$h  t\" | sha256sum -c\n"},
	{"ARG of each architecture, picked by case", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nARG TARGETARCH\nARG TOOL_VERSION={V}\nARG TOOL_SHA256_AMD64=" + toolSum + "\nARG TOOL_SHA256_ARM64=" + toolArm + "\nRUN case ${TARGETARCH} in amd64) sum=$TOOL_SHA256_AMD64;; arm64) sum=$TOOL_SHA256_ARM64;; esac && curl -L -o t https://github.com/acme/tool/releases/download/v$TOOL_VERSION/tool_${TOOL_VERSION}_linux_${TARGETARCH}.tar.gz && echo \"$sum t\" | sha256sum -c\n"},
	{"picked by eval", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nARG TARGETARCH\nARG TOOL_VERSION={V}\nARG TOOL_SHA256_amd64=" + toolSum + "\nARG TOOL_SHA256_arm64=" + toolArm + "\nRUN eval \"sum=\\$TOOL_SHA256_$TARGETARCH\" && curl -L -o t https://github.com/acme/tool/releases/download/v$TOOL_VERSION/tool_${TOOL_VERSION}_linux_${TARGETARCH}.tar.gz && echo \"$sum t\" | sha256sum -c\n"},
	{"picked by if", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nARG TARGETARCH\nARG TOOL_VERSION={V}\nRUN if [ \"$TARGETARCH\" = amd64 ]; then sum=" + toolSum + "; else sum=" + toolArm + "; fi; curl -L -o t https://github.com/acme/tool/releases/download/v$TOOL_VERSION/tool_${TOOL_VERSION}_linux_${TARGETARCH}.tar.gz && echo \"$sum t\" | sha256sum -c\n"},
	{"variables of the shell", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nRUN VERSION={V} && SUM=" + toolSum + " \\\n  && BASE=https://github.com/acme/tool/releases/download && curl -fsSL \"$BASE/v$VERSION/tool_${VERSION}_linux_amd64.tar.gz\" -o t && echo \"$SUM  t\" | sha256sum -c -\n"},
	{"echo and sha256sum -c", "tianon/gosu", "1.16", "1.17", "FROM debian\nRUN curl -o gosu -L " + gosuURL + "/{V}/gosu-amd64 \\\n    && echo \"" + gosuSum + "  gosu\" | sha256sum -c\n"},
	{"a file of checksums made before", "tianon/gosu", "1.16", "1.17", "FROM debian\nRUN echo '" + gosuSum + " *gosu' > SUMS && curl -o gosu -L " + gosuURL + "/{V}/gosu-amd64 && sha256sum --check SUMS\n"},
	{"comparison", "tianon/gosu", "1.16", "1.17", "FROM debian\nRUN curl -o f -L " + gosuURL + "/{V}/gosu-amd64 && [ \"$(sha256sum f | cut -d' ' -f1)\" = " + gosuSum + " ]\n"},
	{"PowerShell, upper case stays", "go", "1.21.0", "1.21.1", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nSHELL [\"powershell\", \"-Command\"]\nENV GOLANG_VERSION {V}\nRUN $url = 'https://dl.google.com/go/go{V}.windows-amd64.zip'; `\n\tInvoke-WebRequest -Uri $url -OutFile 'go.zip'; `\n\t$sha256 = '{SHA256 go {V} go{V}.windows-amd64.zip}'; `\n\tif ((Get-FileHash go.zip -Algorithm sha256).Hash -ne $sha256) { exit 1 };\n"},
	{"PowerShell's format", "go", "1.21.0", "1.21.1", "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver\nSHELL [\"pwsh\", \"-c\"]\nENV GO_VERSION {V}\nENV GO_SHA256 {sha256 go {V} go{V}.windows-amd64.zip}\nRUN Invoke-WebRequest $('https://dl.google.com/go/go{0}.windows-amd64.zip' -f $env:GO_VERSION) -OutFile go.zip; if ((Get-FileHash go.zip).Hash -ne $env:GO_SHA256) { exit 1 }\n"},
	{"ADD --checksum", "acme/other", "2.3.4", "2.3.5", "FROM scratch\nADD --checksum=sha256:{sha256 acme/other {V} other-{V}.zip} https://github.com/acme/other/releases/download/{V}/other-{V}.zip /o.zip\n"},
	{"ADD --checksum by an ARG", "acme/other", "2.3.4", "2.3.5", "FROM scratch\nARG OTHER_VERSION={V}\nARG OTHER_CHECKSUM=sha256:{sha256 acme/other {V} other-{V}.zip}\nADD --checksum=$OTHER_CHECKSUM https://github.com/acme/other/releases/download/$OTHER_VERSION/other-${OTHER_VERSION}.zip /o.zip\n"},
	{"a list that is fetched", "acme/tool", "1.0.0", "1.0.1", "FROM debian\nENV VER={V}\nRUN wget https://github.com/acme/tool/releases/download/v$VER/tool_${VER}_linux_amd64.tar.gz https://github.com/acme/tool/releases/download/v$VER/tool_${VER}_checksums.txt && sha256sum --ignore-missing -c tool_${VER}_checksums.txt\n"},
	{"a list with a signature, and the key", "node", "20.1.0", "20.1.1", "FROM debian\nENV NODE_VERSION {V}\nRUN gpg --recv-keys 94AE36675C464D64BAFA68DD7434390BDBE9B9C5 && curl -fsSLO https://nodejs.org/dist/v$NODE_VERSION/node-v$NODE_VERSION-linux-x64.tar.xz && curl -fsSLO https://nodejs.org/dist/v$NODE_VERSION/SHASUMS256.txt.asc && gpg --batch --decrypt --output SHASUMS256.txt SHASUMS256.txt.asc && grep \" node-v$NODE_VERSION-linux-x64.tar.xz\\$\" SHASUMS256.txt | sha256sum -c -\n"},
	{"checksum and signature", "tianon/gosu", "1.16", "1.17", "FROM debian\nENV GOSU_VERSION {V}\nENV GPG_KEY B42F6819007F00F88E364FD4036A9C25BF357DD4\nRUN wget -O g " + gosuURL + "/$GOSU_VERSION/gosu-amd64; wget -O g.asc " + gosuURL + "/$GOSU_VERSION/gosu-amd64.asc; echo '" + gosuSum + " g' | sha256sum -c; gpg --verify g.asc g\n"},
	{"several tools in one RUN: the first", "tianon/gosu", "1.16", "1.17", strings.ReplaceAll(several, "{G}", "{V}")},
	{"MAJOR beside the version", "acme/other", "2.3.4", "2.3.5", "FROM debian\nENV OTHER_MAJOR {M}\nENV OTHER_VERSION {V}\nRUN curl -LO https://github.com/acme/other/releases/download/$OTHER_VERSION/other-$OTHER_VERSION.zip && echo '{sha256 acme/other {V} other-{V}.zip} *x' | sha256sum -c\n"},
	{"gosu by release and signature", "tianon/gosu", "1.16", "1.17", "FROM debian\nENV GOSU_VERSION {V}\nRUN set -x \\\n\t&& wget -O /usr/local/bin/gosu \"" + gosuURL + "/$GOSU_VERSION/gosu-$(dpkg --print-architecture)\" \\\n\t&& wget -O /usr/local/bin/gosu.asc \"" + gosuURL + "/$GOSU_VERSION/gosu-$(dpkg --print-architecture).asc\" \\\n\t&& gpg --keyserver ha.pool.sks-keyservers.net --recv-keys B42F6819007F00F88E364FD4036A9C25BF357DD4 \\\n\t&& gpg --batch --verify /usr/local/bin/gosu.asc /usr/local/bin/gosu\n"},
}

const several = "FROM debian\nRUN curl -Lo /g " + gosuURL + "/{G}/gosu-amd64 && echo '{sha256 tianon/gosu {G} gosu-amd64}  /g' | sha256sum -c \\\n && curl -Lo /t https://github.com/acme/tool/releases/download/v1.0.0/tool_1.0.0_linux_amd64.tar.gz && echo '{sha256 acme/tool 1.0.0 tool_1.0.0_linux_amd64.tar.gz}  /t' | sha256sum -c\n"

// TestShapes: what stands after an update is the file of the newer version, to the byte.
func TestShapes(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) { s.run(t) })
	}
}

func (s shape) run(t *testing.T) {
	w := newWorld(t)
	for _, project := range []string{"tianon/gosu", "redis/redis", "acme/tool", "acme/other", "go", "node", "jqlang/jq", "krallin/tini", "just-containers/s6-overlay", "boostorg/boost", "kubernetes/kubernetes", "helm/helm", "git-for-windows/git", "python", "rust-lang/rustup", "yarnpkg/yarn", "nvm-sh/nvm", "maven", "hashicorp"} {
		w.versions[project] = []string{s.from, s.to}
	}
	w.versions["php/php-src"] = []string{"php-" + s.from, "php-" + s.to}
	for folder, form := range map[string]string{"archive.apache.org/dist/tomcat/tomcat-9/": "v{V}/", "archive.apache.org/dist/maven/maven-3/": "{V}/", "nginx.org/download/": "nginx-{V}.tar.gz", "ftp.postgresql.org/pub/source/": "v{V}/"} {
		w.versions[folder] = []string{fill(form, s.from), fill(form, s.to)}
	}
	w.prefix["git-for-windows/git"], w.prefix["kubernetes/kubernetes"], w.prefix["helm/helm"], w.prefix["nvm-sh/nvm"], w.prefix["yarnpkg/yarn"] = "v", "v", "v", "v", "v"
	for _, form := range []func(string) string{func(s string) string { return s }, func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, func(s string) string { return "\uFEFF" + strings.TrimSuffix(s, "\n") }} {
		before, want := form(fill(s.src, s.from)), form(fill(s.src, s.to))
		clear(w.asked)
		e := w.ecosystem()
		got, why := step(t, e, before, s.dependency, s.to)
		if !why.IsZero() {
			t.Fatalf("not moved: %s: %s\n%s", why.Code, why.Text, before)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		for what, n := range w.asked {
			if n > 1 {
				t.Errorf("%s was asked %d times", what, n)
			}
		}
	}
}
