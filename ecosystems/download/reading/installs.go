package reading

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An Install holds the packages with versions that one command installs.
type Install struct {
	Kind  string           // of the packages: "pypi", "go", ospackages.APK, ospackages.DEB
	Words []shelltext.Text // each with a package and a version
	Lines []string         // the options of pip about indexes
	Image string           // the base image of the stage
}

// installed returns the packages that the commands of an instruction install.
func (s *scanner) installed(i int, scope shelltext.Scope) (list []Install) {
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
				values := shelltext.NewExpander(scope).Expand(shelltext.Placed(s.f.Source[w.At.Start:w.At.End], w.At.Start))
				if len(values) == 1 { // of several, only the script knows which one is installed
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

// maxInstalls limits the packages of a file.
const maxInstalls = 2000

// image returns the base image of a stage, through other stages.
func (s *scanner) image(n int) string {
	for range len(s.f.Stages) { // a parent is always an earlier stage
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

// The kinds of packages of other ecosystems.
const Pip, Golang = "pypi", "go"

var (
	pipName    = lazyregexp.New(`^pip[0-9.]*$`)
	pythonName = lazyregexp.New(`^python[0-9.]*$`)
)

// installer returns the kind of packages that a command installs and its remaining arguments; "" for other commands.
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

// after returns the arguments after a verb; flags may precede the verb.
func after(kind string, args []runscript.Word, verb string) (string, []runscript.Word) {
	for n, a := range args {
		if a.Text == verb {
			return kind, args[n+1:]
		}
		if !strings.HasPrefix(a.Text, "-") && n > 2 { // the verb of another command, such as apt-get update
			break
		}
	}
	return "", nil
}

// takes are the flags whose value is the next word.
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

// operands returns the words with a package and a version. It adds options of pip about indexes to the install.
func operands(kind string, args []runscript.Word, to *Install) (list []runscript.Word) {
	for n := 0; n < len(args); n++ {
		w := args[n].Text
		switch {
		case strings.HasPrefix(w, "-"):
			flag, value, joined := strings.Cut(w, "=")
			own := strings.Contains(takes[kind], " "+flag+" ")
			if own && !joined && n+1 < len(args) { // the value is no package, whatever it looks like
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

// indexOptions are the options of pip about indexes, in the form of requirements files.
var indexOptions = map[string]string{
	"-i": "--index-url ", "--index-url": "--index-url ", "--extra-index-url": "--extra-index-url ",
	"-f": "--find-links ", "--find-links": "--find-links ", "--no-index": "--no-index",
}

// option records an option of pip about indexes.
func (in *Install) option(flag, value string) {
	if option, ok := indexOptions[flag]; ok {
		in.Lines = append(in.Lines, option+value)
	}
}
