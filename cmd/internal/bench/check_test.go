package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkCheck prints what freshpin check costs on a tree of as many files as
// design and issue speak of, without the network: seconds of processor time, and
// the peak of memory.
func BenchmarkCheck(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "freshpin")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../../freshpin").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	const dockerfiles, composes = 1_800, 650
	tree := b.TempDir()
	for n := range dockerfiles {
		write(b, filepath.Join(tree, fmt.Sprintf("team-%03d/service-%04d", n%200, n), "Dockerfile"), judgedDockerfiles[n%len(judgedDockerfiles)])
	}
	for n := range composes {
		write(b, filepath.Join(tree, fmt.Sprintf("team-%03d/service-%04d", n%200, n), "compose.yaml"), fmt.Sprintf(judgedCompose, n, n))
	}
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "launch", binary, "check", "--offline", "--level", "could", "--format", "json", tree)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+b.TempDir())
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			b.Fatalf("%v\n%s", err, stderr.String())
		}
		var peak int64
		if _, err := fmt.Sscanf(string(stderr.Bytes()[max(bytes.LastIndex(stderr.Bytes(), []byte("peak ")), 0):]), "peak %d", &peak); err != nil {
			b.Fatal(errors.Join(err, errors.New(stderr.String())))
		}
		b.ReportMetric(float64(bytes.Count(stdout.Bytes(), []byte(`"rule":`))), "findings")
		b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "s-processor")
		b.ReportMetric(float64(peak)/1024, "MB")
	}
	b.ReportMetric(dockerfiles+composes, "files")
}

func write(b *testing.B, file, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// judgedDockerfiles are of the sizes and kinds that public Dockerfiles have.
var judgedDockerfiles = []string{
	"FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install flask redis==5.0.1\nCMD [\"python\", \"app.py\"]\n",
	"FROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /out/app ./cmd/app\n\nFROM gcr.io/distroless/static:nonroot\nCOPY --from=build /out/app /app\nUSER 65532\nENTRYPOINT [\"/app\"]\n",
	"FROM debian:12\nARG VERSION=1.2.3\nENV PATH=/opt/tool/bin:$PATH \\\n    # a comment inside\n    LANG=C.UTF-8\nRUN set -eux; \\\n    apt-get update; \\\n    apt-get install -y --no-install-recommends ca-certificates curl; \\\n    curl -fsSL -o /tmp/tool.tar.gz https://example.com/tool-${VERSION}.tar.gz; \\\n    echo \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  /tmp/tool.tar.gz\" | sha256sum -c -; \\\n    tar -xzf /tmp/tool.tar.gz -C /opt; \\\n    rm -rf /var/lib/apt/lists/* /tmp/tool.tar.gz\nRUN useradd -r app\nUSER app\nCMD [\"tool\"]\n",
	"FROM node:20-alpine\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci && npm install -g pm2\nCOPY . .\nEXPOSE 3000\nCMD [\"pm2-runtime\", \"server.js\"]\n",
	"FROM ubuntu:latest\nRUN apt-get update && apt-get install -y git && git clone https://github.com/acme/tool /tool && cd /tool && make\nRUN curl https://get.example.com | sh\nADD https://example.com/data.bin /data.bin\nENV API_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789\n",
}

const judgedCompose = `services:
  web:
    build: .
    ports: ["80%02d:80"]
    environment:
      DATABASE_URL: postgres://app:${PASSWORD}@db/app
    depends_on: [db]
  db:
    image: postgres:16
    volumes: ["data-%d:/var/lib/postgresql/data"]
  cache:
    image: redis
    ports: ["6379:6379"]
  agent:
    image: portainer/agent:latest
    privileged: true
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
volumes: {}
`
