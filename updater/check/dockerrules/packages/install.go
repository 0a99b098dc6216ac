// Package packages holds the rules about what builds install, one file for each;
// install.go has the shared functions.
package packages

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An install is a command that installs packages of a language.
type install struct {
	kind   string // "pypi", "npm", "gem", "go", "cargo"
	names  []named
	files  []runscript.Word // requirement files
	hashes bool             // --require-hashes
	bound  bool             // a constraints file, a lock or a local index determines the versions
}

// A named is a package that a command installs by its name.
type named struct {
	word    runscript.Word
	name    string // as written, without extras and version
	extras  string // "[standard]"
	version string // the text after the name; "" for none
}

const pipTakes = "-r -c -e -t -d -i -f -b -C -p --index-url --extra-index-url --find-links --target --prefix --root --src --constraint --requirement --editable --trusted-host --timeout --retries " +
	"--progress-bar --proxy --platform --python-version --implementation --abi --cache-dir --log --cert --client-cert --no-binary --only-binary --global-option --install-option --config-settings " +
	"--upgrade-strategy --exists-action --report --use-feature --use-deprecated --python --root-user-action --default-timeout --build --index --default-index --override --with --build-option --resolution --index-strategy --exclude-newer --extra --group"

// installs parses a command that installs packages; false for other commands.
func installs(c *runscript.Command) (install, bool) {
	name, args := c.Program()
	if (strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pypy")) && len(args) > 1 && args[0].Text == "-m" {
		name, args = args[1].Text, args[2:]
	}
	switch {
	case pipName.MatchString(name):
		return pipInstall(args, "install")
	case name == "uv":
		return uvInstall(args)
	case name == "pipx":
		return pipInstall(args, "install")
	case name == "npm", name == "pnpm", name == "yarn":
		return npmInstall(name, args)
	case name == "gem":
		return gemInstall(args)
	case name == "go":
		return goInstall(args)
	case name == "cargo":
		return cargoInstall(args)
	}
	return install{}, false
}

var pipName = lazyregexp.New(`^pip[0-9.]*$|^pip-?\d[0-9.]*$`)

func uvInstall(args []runscript.Word) (install, bool) {
	if len(args) < 2 || args[0].Text != "pip" && args[0].Text != "tool" {
		return install{}, false
	}
	return pipInstall(args[1:], "install")
}

// requirement matches a name, its extras, and the rest (PEP 508).
var requirement = lazyregexp.New(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)$`)

func pipInstall(args []runscript.Word, verb string) (install, bool) {
	in, verbSeen := install{kind: "pypi"}, false
	valueOf := map[string]runscript.Word{}
	for i := 0; i+1 < len(args); i++ {
		valueOf[args[i].Text] = args[i+1]
	}
	runscript.FlagReader{Takes: pipTakes, Flag: func(name, value string) {
		switch name {
		case "-r", "--requirement":
			in.files = append(in.files, runscript.Word{Text: value, At: valueOf[name].At})
		case "-c", "--constraint", "--no-index", "--find-links", "-f", "--override", "--exclude-newer":
			in.bound = true
		case "--require-hashes":
			in.hashes = true
		}
	}, Word: func(w runscript.Word) {
		switch {
		case !verbSeen:
			verbSeen = true
			if w.Text != verb {
				in.kind = ""
			}
		default:
			in.addRequirement(w)
		}
	}}.Read(args)
	return in, verbSeen && in.kind != ""
}

func (in *install) addRequirement(w runscript.Word) {
	m := requirement.FindStringSubmatch(w.Text)
	if m == nil || strings.ContainsAny(w.Text, "$/\\`*?{") || strings.HasSuffix(w.Text, ".whl") || strings.HasSuffix(w.Text, ".gz") || strings.HasSuffix(w.Text, ".zip") {
		return
	}
	in.names = append(in.names, named{word: w, name: m[1], extras: m[2], version: m[3]})
}

func npmInstall(tool string, args []runscript.Word) (install, bool) {
	in := install{kind: "npm"}
	global := runscript.HasFlag(args, "-g", "--global") || runscript.HasFlag(args, "--location") || runscript.ShortFlag(args, "g")
	verb := false
	runscript.FlagReader{Takes: "--prefix --registry --cache --loglevel --location -C --userconfig --fetch-retries --fetch-timeout --omit --include --cache-folder --network-timeout --fetch-retry-mintimeout --network-concurrency --store-dir --global-dir", Flag: func(string, string) {}, Word: func(w runscript.Word) {
		switch {
		case tool == "yarn" && w.Text == "global":
			global = true
		case !verb:
			verb = true
			switch w.Text {
			case "install", "i", "add", "in":
			default:
				in.kind = ""
			}
		default:
			in.addNpm(w)
		}
	}}.Read(args)
	return in, verb && global && in.kind != ""
}

// npmName matches a name with its scope, and the text after "@".
var npmName = lazyregexp.New(`^((?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-zA-Z0-9-~][a-zA-Z0-9-._~]*)(?:@(.*))?$`)

func (in *install) addNpm(w runscript.Word) {
	m := npmName.FindStringSubmatch(w.Text)
	if m == nil || strings.HasSuffix(w.Text, ".tgz") || strings.ContainsAny(w.Text, "$:") || m[1] == "." {
		return
	}
	in.names = append(in.names, named{word: w, name: m[1], version: m[2]})
}

func gemInstall(args []runscript.Word) (install, bool) {
	for i, a := range args {
		if a.Text == "--" { // the rest are arguments for the compiler
			args = args[:i]
			break
		}
	}
	in, verb := install{kind: "gem"}, false
	runscript.FlagReader{Takes: "-v --version -i --install-dir -n --bindir -s --source -P --trust-policy --platform -g --file", Flag: func(name, _ string) {
		switch name {
		case "-v", "--version", "--local", "-l", "-g", "--file":
			in.bound = true
		}
	}, Word: func(w runscript.Word) {
		switch {
		case !verb:
			verb = true
			if w.Text != "install" && w.Text != "i" {
				in.kind = ""
			}
		case strings.HasSuffix(w.Text, ".gem") || strings.ContainsAny(w.Text, "$/*"):
		default:
			name, version, _ := strings.Cut(w.Text, ":")
			in.names = append(in.names, named{word: w, name: name, version: version})
		}
	}}.Read(args)
	return in, verb && in.kind != ""
}

func goInstall(args []runscript.Word) (install, bool) {
	if len(args) < 2 || args[0].Text != "install" && args[0].Text != "get" && args[0].Text != "run" {
		return install{}, false
	}
	in := install{kind: "go"}
	runscript.FlagReader{Takes: "-ldflags -tags -gcflags -o -mod -modfile -asmflags -p -C", Flag: func(string, string) {}, Word: func(w runscript.Word) {
		name, version, found := strings.Cut(w.Text, "@")
		if found && strings.Contains(name, ".") && !strings.Contains(version, "$") {
			in.names = append(in.names, named{word: w, name: name, version: version})
		}
	}}.Read(longFlags(args[1:]))
	return in, len(in.names) > 0
}

// longFlags rewrites Go's flags with two dashes, so that they are not parsed as bundled short flags.
func longFlags(args []runscript.Word) []runscript.Word {
	out := make([]runscript.Word, len(args))
	copy(out, args)
	for i, a := range out {
		if strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "--") && len(a.Text) > 2 && strings.Contains(a.Text, "=") {
			out[i].Text = "-" + a.Text
		}
	}
	return out
}

func cargoInstall(args []runscript.Word) (install, bool) {
	for len(args) > 0 && strings.HasPrefix(args[0].Text, "+") {
		args = args[1:]
	}
	in, verb := install{kind: "cargo"}, false
	runscript.FlagReader{Takes: "--version --vers --git --branch --tag --rev --path --root --index --registry --features -F --target --target-dir --profile --bin -j --jobs -Z --config --example --strategies --install-path --locked-version", Flag: func(name, _ string) {
		switch name {
		case "--version", "--vers", "--git", "--path", "--list":
			in.bound = true
		}
	}, Word: func(w runscript.Word) {
		switch {
		case !verb:
			verb = true
			if w.Text != "install" && w.Text != "binstall" {
				in.kind = ""
			}
		case strings.ContainsAny(w.Text, "$/"):
		default:
			name, version, _ := strings.Cut(w.Text, "@")
			in.names = append(in.names, named{word: w, name: name, version: version})
		}
	}}.Read(args)
	return in, verb && in.kind != ""
}
