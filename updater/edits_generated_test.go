package updater_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A layout draws the choices of a generated file.
type layout struct{ *rapid.T }

func (l layout) of(choices ...string) string {
	return rapid.SampledFrom(choices).Draw(l.T, "choice")
}

func (l layout) some(most int, part func() string) string {
	var b strings.Builder
	for range rapid.IntRange(1, most).Draw(l.T, "count") {
		b.WriteString(part())
	}
	return b.String()
}

// saved gives a file the line ends, the mark and the end of another editor.
func (l layout) saved(data string) string {
	switch l.of("unix", "windows", "mixed") {
	case "windows":
		data = strings.ReplaceAll(data, "\n", "\r\n")
	case "mixed":
		data = strings.Replace(data, "\n", "\r\n", 1)
	}
	if l.of("end", "no end") == "no end" {
		data = strings.TrimRight(data, "\r\n")
	}
	return l.of("", "", "\uFEFF") + data
}

func (l layout) tag() string {
	return l.of("3.6", "3.6.1", "3.6.1-slim", "v1.2.3", "20.04", "1.13-alpine3.12", "5.7.38-debian-11-r12", "17.0.9_9-jre", "20240315", "bookworm-20240110-slim", "3.12.0rc1", "latest", "09.01")
}

func (l layout) image() string {
	name := l.of("python", "library/python", "docker.io/library/nginx", "ghcr.io/a/b", "localhost:5000/x", "mcr.microsoft.com/dotnet/sdk")
	return name + l.of(":"+l.tag(), ":"+l.tag(), ":"+l.tag()+"@"+sums[1], "@"+sums[1], "")
}

func (l layout) quoted(s string) string {
	q := l.of("", "'", `"`)
	return q + s + q
}

func (l layout) comment() string {
	return l.of("", "\n", "# 3.6 python:3.6\n", "#\t\n", " \t\n", "# é ✓\n", "  # "+l.tag()+"\n")
}

// dockerfile has arguments that supply a part, a tag or a whole reference, and
// what looks like an image and is none.
func (l layout) dockerfile() string {
	gap := func() string { return l.of(" ", "\t", "  ", " \\\n  ", " \\\n# 3.6\n\n ") }
	args := fmt.Sprintf("ARG A=%s\nARG B=%s C=%s\nARG%sD=%s\n", l.quoted(l.tag()), l.quoted(l.image()), l.of("3.6", "'3.7'"), gap(), l.of("python", `"node"`, "debian:12"))
	line := func() string {
		from := func() string {
			return l.of("FROM", "from", "From") + l.of("", gap()+"--platform=linux/arm64", gap()+"--platform=$BUILDPLATFORM") + gap()
		}
		return l.comment() + l.of(
			from()+l.image()+"\n",
			from()+l.quoted(l.image())+gap()+"AS"+gap()+"st1\n",
			from()+"python:"+l.of("$A", "${A}", `"$A"`, "${A}-slim", "${A:-3.6}", "v${C}", "${C}.1-slim", "${X:-"+l.tag()+"}", "$A$C")+" AS st2\n",
			from()+l.of("$B", "${B}", "${B:-x:1.1}", "$D:"+l.tag(), "${D}")+"\n",
			from()+"scratch\nCOPY --from="+l.of(l.image(), "st1", "0")+gap()+"/a /b\n",
			"COPY"+gap()+l.of("--chown=1 ", "")+"--from="+l.quoted(l.image())+gap()+"/a /b\n",
			"RUN --mount=type=bind,from="+l.image()+",target=/x"+gap()+"echo python:3.6\n",
			"RUN <<EOF\nFROM python:3.6\nEOF\n", "COPY <<-'E' /x\n\tFROM x:1.1\n\tE\n",
			"ONBUILD COPY --from="+l.image()+" /a /b\n",
			"ENV A=1.1\nRUN echo FROM python:3.6 \\\n  && FROM=x:1.1\n",
		)
	}
	return l.of("", "# syntax=docker/dockerfile:1.4\n", "# escape=\\\n") + args + "FROM python:3.6 AS st1\n" + l.some(6, line)
}

// compose has references in every way to write a scalar.
func (l layout) compose() string {
	reference := func() string {
		return l.of(l.image(), l.image(), "python:${A}", "python:${A:-"+l.tag()+"}", "${B}", "${N:-"+l.image()+"}", "python:${C}-slim", "python:${N-3.6}", "nginx:$A", "x:v${C:-1.1}")
	}
	n := 0
	service := func() string {
		n++
		name := fmt.Sprintf("s%d", n)
		image := l.of("", "", fmt.Sprintf("&a%d ", n), "!!str ") + l.quoted(reference())
		extra := l.of("", "    platform: linux/arm64\n", "    build: .\n", "    environment: [A=python:3.6]\n", "    command: |\n      image: python:3.6\n    # image: x:1.1\n")
		return l.comment() + l.of(
			"  "+name+":\n    image:"+l.of(" ", "  ", "\t")+image+l.of("", " # 3.6", "  # "+l.tag())+"\n"+extra,
			"  "+name+": {image: "+l.of("'", `"`)+"QUOTE\n",
			"  "+name+":\n"+extra+"    'image': >-\n      "+reference()+"\n",
			"  "+name+":\n    image:\n      "+l.quoted(reference())+"\n",
			"  "+name+":\n    <<: *base\n"+l.of("", "    image: "+l.quoted(reference())+"\n"),
			"  "+name+": *base\n",
			"  "+name+":\n    image: *img\n",
			"  "+name+":\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM "+l.image()+"\n        RUN true\n",
		)
	}
	services := l.some(5, service)
	for _, q := range []string{"'", `"`} {
		services = strings.ReplaceAll(services, "{image: "+q+"QUOTE", "{ image : "+q+reference()+q+", tty: true }")
	}
	return l.of("", "---\n", "version: '3.6'\n") + "x-base: &base\n  image: &img " + l.quoted(reference()) + "\nservices:\n" + services
}

func (l layout) dotenv() string {
	return l.saved(l.comment() + l.of("", "export ") + "A=" + l.quoted(l.tag()) + "\nB=" + l.quoted(l.image()) + l.of("", " # c") + "\nC" + l.of("=", " = ") + l.of("3.6", "'3.6'") + "\n")
}

// requirements has every shape of a range, and hashes in several styles.
func (l layout) requirements() string {
	n := 0
	hash := "--hash=sha256:" + strings.Repeat("3c", 32)
	other := "--hash=sha256:" + strings.Repeat("4d", 32)
	line := func() string {
		n++
		name := l.of("Django", "zope.interface", "typing_extensions", "a") + fmt.Sprint(n) + l.of("", "[x]", " [x, y-z]")
		spec := l.of("==1.2.3", " == 1.2.3", "===1.2.3", "~=1.4.2", "~=1.4", ">=1.4,<1.5", ">= 1.4 , < 2", "<2,>=1.0", "==1.4.*", ">=1.4", "<=1.4", ">1.0,<=1.4.2,!=1.3", "!=1.1", "", "(==1.2)", " (>=1.0,<2.0)", "==1!2.0", "==2.0rc1", "==1.0.post1", "==1.0.dev3", "==v1.2", ">=1.4,\\\n  <1.5")
		marker := l.of("", "", "; python_version<'3.8'", ` ; sys_platform == "win32" and python_version >= "3.6"`)
		tail := l.of("", "  # via x==1.0", "\t# c")
		hashes := l.of("", "", " "+hash, " "+hash+" "+other, " \\\n    "+hash, " \\\n    "+hash+" \\\n    "+other, " \\\n\t"+strings.Replace(hash, "=", " ", 1))
		return l.comment() + l.of("", "", " ", "\t") + name + spec + marker + hashes + tail + "\n"
	}
	around := func() string {
		return l.of("", "-i https://pypi.org/simple\n", "--no-binary :all:\n", "./local\n", "git+https://x.example/y@1.0#egg=z\n", "-e .\n", "p @ https://x.example/p-1.0.zip\n", "\n\n")
	}
	return around() + l.some(6, line) + around()
}

// gomod has lines and blocks, quotes, comments and replacements.
func (l layout) gomod() string {
	v := func() string {
		return l.of("v1.2.3", "v0.0.1", "v1.10.0-rc.1", "v0.0.0-20210101000000-0123456789ab", "v2.0.0+incompatible", "v0.0.0")
	}
	n := 0
	requirement := func() string {
		n++
		name := fmt.Sprintf("x.example/a%d", n)
		return l.of(name+" "+v(), name+"\t"+v(), `"`+name+`" `+v(), "`"+name+"` `"+v()+"`", name+` "`+v()+`"`, name+"/v2 v2.0.1", "gopkg.in/yaml"+fmt.Sprint(n)+".v3 v3.0.1") +
			l.of("", " // indirect", "//indirect", " // v1.2.3", " // indirect; why", "\t") + "\n"
	}
	part := func() string {
		comment := l.of("", "\n", "// x.example/a1 v1.2.3\n", "\t//\n")
		return comment + l.of(
			"require "+requirement(),
			"require (\n"+l.some(4, func() string { return l.of("\t", "", "  ", "\n\t", "\t// c v1.2.3\n\t") + requirement() })+")\n",
			"replace x.example/a1 => x.example/b v1.2.4\n",
			"replace x.example/a2 v1.2.3 => ../b\n",
			"exclude x.example/a1 v1.2.5\n",
			"retract [v1.0.0, v1.1.0] // v1.2.3\n",
		)
	}
	return "module x.example/m // m\n\ngo 1.21\n" + l.of("", "\ntoolchain go1.21.3\n") + l.some(5, part)
}

// generated holds every edit of generated files.
func generated(t *testing.T, ecosystem, path string, files func(l layout) map[string]string) {
	t.Helper()
	eco := unasked()[ecosystem]
	rapid.Check(t, func(rt *rapid.T) {
		tr := trial{eco, files(layout{rt}), path}
		deps, err := tr.extract()
		if err != nil {
			rt.Fatal(err)
		}
		for n, d := range deps {
			for _, to := range tr.targets(d) {
				after, err := tr.try(deps, n, to)
				if err == nil && after != nil {
					err = judged(tr, d, after)
				}
				if err != nil {
					rt.Fatalf("%s %q to %s@%s: %v\n%q\nbecame\n%q", d.Name, d.Pin.Text, to.Version, to.Digest, err, tr.files, after)
				}
			}
		}
	})
}

func TestGeneratedDockerfiles(t *testing.T) {
	generated(t, "dockerfile", "Dockerfile", func(l layout) map[string]string {
		return map[string]string{"Dockerfile": l.saved(l.dockerfile())}
	})
}

func TestGeneratedComposeFiles(t *testing.T) {
	generated(t, "compose", "compose.yaml", func(l layout) map[string]string {
		return map[string]string{"compose.yaml": l.saved(l.compose()), ".env": l.dotenv()}
	})
}

func TestGeneratedRequirements(t *testing.T) {
	generated(t, "requirements", "requirements.txt", func(l layout) map[string]string {
		return map[string]string{"requirements.txt": l.saved(l.requirements())}
	})
}

func TestGeneratedGoMods(t *testing.T) {
	generated(t, "gomod", "go.mod", func(l layout) map[string]string {
		return map[string]string{"go.mod": l.saved(l.gomod())}
	})
}
