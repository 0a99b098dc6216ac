package reading

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An Install is what one command installs with a version.
type Install struct {
	Kind  string           // of the packages: "pypi", "go", ospackages.APK, ospackages.DEB
	Words []shelltext.Text // each names a package and a version
	Lines []string         // what else governs the words of pip: options about indexes
	Image string           // that the stage is built on
}

// installs finds what the commands of an instruction install.
func (s *scanner) installed(i int, scope map[string][]shelltext.Text) (list []Install) {
	for _, c := range s.commands[i] {
		name, args := c.Program()
		kind, args := installer(name, args)
		if kind == "" {
			continue
		}
		one := Install{Kind: kind, Image: s.image(s.f.Instructions[i].Stage)}
		if index, ok := scope["PIP_INDEX_URL"]; ok && kind == Pip && len(index) == 1 {
			one.Lines = append(one.Lines, "--index-url "+index[0].S)
		}
		for _, w := range operands(kind, args, &one) {
			if w.At.End > w.At.Start && w.At.End <= len(s.f.Source) {
				values := (shelltext.Expander{Look: func(name string) []shelltext.Text { return scope[name] }, Values: map[string][]shelltext.Text{}}).Expand(shelltext.Stand(s.f.Source[w.At.Start:w.At.End], w.At.Start))
				if len(values) == 1 {
					one.Words = append(one.Words, values[0])
				}
			}
		}
		if len(one.Words) > 0 && s.found.installs < maxInstalls {
			s.found.installs += len(one.Words)
			list = append(list, one)
		}
	}
	return list
}

// maxInstalls is how many packages of a file are looked at.
const maxInstalls = 2000

// image returns the image that a stage is built on, over the stages between.
func (s *scanner) image(n int) string {
	for range len(s.f.Stages) {
		if s.f.Stages[n].Parent < 0 {
			return s.f.Stages[n].Base
		}
		n = s.f.Stages[n].Parent
	}
	return ""
}

// commandsOf returns the commands of the scripts by the number of their instruction.
func commandsOf(f *dockerfile.File) map[int][]*runscript.Command {
	out := map[int][]*runscript.Command{}
	for _, script := range runscript.Scripts(f) {
		if !script.OnBuild {
			out[script.Index] = append(out[script.Index], script.Commands...)
		}
	}
	return out
}

// Kinds of packages that rooms of their own know.
const Pip, Golang = "pypi", "go"

var (
	pipName    = lazyregexp.New(`^pip[0-9.]*$`)
	pythonName = lazyregexp.New(`^python[0-9.]*$`)
)

// installer tells what a command installs; "" for a command that installs nothing with versions.
func installer(name string, args []runscript.Word) (kind string, rest []runscript.Word) {
	words := make([]string, len(args))
	for n, a := range args {
		words[n] = a.Text
	}
	begins := func(want ...string) bool {
		return len(words) >= len(want) && strings.Join(words[:len(want)], " ") == strings.Join(want, " ")
	}
	switch {
	case pipName.MatchString(name) && begins("install"), name == "pipx" && begins("install"):
		return Pip, args[1:]
	case name == "uv" && begins("pip", "install"):
		return Pip, args[2:]
	case pythonName.MatchString(name) && begins("-m", "pip", "install"):
		return Pip, args[3:]
	case name == "go" && (begins("install") || begins("get")):
		return Golang, args[1:]
	case name == "apk":
		return after(ospackages.APK, args, "add")
	case name == "apt-get" || name == "apt":
		return after(ospackages.DEB, args, "install")
	case pipName.MatchString(name): // pip --no-cache-dir install
		return after(Pip, args, "install")
	}
	return "", nil
}

// after returns what stands behind a verb, which flags may stand in front of.
func after(kind string, args []runscript.Word, verb string) (string, []runscript.Word) {
	for n, a := range args {
		if a.Text == verb {
			return kind, args[n+1:]
		}
		if !strings.HasPrefix(a.Text, "-") && n > 2 {
			break
		}
	}
	return "", nil
}

// takes are the flags with a word of their own.
var takes = map[string]string{
	Pip:            " -r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --root --prefix -e --editable --platform --python-version --progress-bar --timeout --retries --proxy --cert --trusted-host --cache-dir --python --log --src ",
	ospackages.APK: " -t --virtual -X --repository -p --root --arch --keys-dir --cache-dir --wait ", ospackages.DEB: " -t --target-release -o --option -c --config-file ",
	Golang: " -ldflags -tags -gcflags -asmflags -mod -modfile -o -p -C ",
}

var versioned = map[string]*lazyregexp.Regexp{
	Pip:            lazyregexp.New(`^["']?[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?\s*(?:[=<>!~]=|[<>])`),
	Golang:         lazyregexp.New(`^["']?[a-z0-9.-]+\.[a-z]+/[^@\s]+@`),
	ospackages.APK: lazyregexp.New(`^["']?[a-z0-9][A-Za-z0-9._+-]*[~=]?=`),
	ospackages.DEB: lazyregexp.New(`^["']?[a-z0-9][a-z0-9.+-]+(?::[a-z0-9]+)?=`),
}

// operands returns the words that name a package with a version. Options of pip about indexes go into the install.
func operands(kind string, args []runscript.Word, to *Install) (list []runscript.Word) {
	for n := 0; n < len(args); n++ {
		w := args[n].Text
		switch {
		case strings.HasPrefix(w, "-"):
			flag, value, joined := strings.Cut(w, "=")
			own := strings.Contains(takes[kind], " "+flag+" ")
			if own && !joined && n+1 < len(args) {
				n++
				value = args[n].Text
			}
			if kind == Pip {
				to.option(flag, value)
			}
		case versioned[kind].MatchString(w):
			list = append(list, args[n])
		}
	}
	return list
}

// option keeps what pip is told about indexes.
func (in *Install) option(flag, value string) {
	switch flag {
	case "-i", "--index-url":
		in.Lines = append(in.Lines, "--index-url "+value)
	case "--extra-index-url":
		in.Lines = append(in.Lines, "--extra-index-url "+value)
	case "-f", "--find-links":
		in.Lines = append(in.Lines, "--find-links "+value)
	case "--no-index":
		in.Lines = append(in.Lines, "--no-index")
	}
}
