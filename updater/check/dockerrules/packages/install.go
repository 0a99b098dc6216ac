// Package packages holds the rules about what builds install, one file for each;
// install.go has the shared functions.
package packages

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An install is a command that installs packages of a language.
type install struct {
	kind   string // "pypi", "npm", "gem", "go", "cargo"
	names  []named
	files  []string // requirement files
	hashes bool     // --require-hashes
	bound  bool     // a constraints file, a lock or a local index determines the versions
}

// A named is a package that a command installs by its name.
type named struct {
	word    runscript.Word
	name    string // as written, without extras and version
	extras  string // "[standard]"
	version string // the text after the name; "" for none
}

// A manager is a program that installs packages of a language.
type manager struct {
	kind  string
	verbs string                                    // the commands that install, separated by spaces
	takes string                                    // the flags with an argument, separated by spaces
	bound string                                    // the flags that determine the versions, separated by spaces
	name  func(w runscript.Word) (p named, ok bool) // reads a word that names a package
}

var (
	pip = manager{
		kind: "pypi", verbs: "install", bound: "-c --constraint --no-index --find-links -f --override --exclude-newer", name: requirement,
		takes: "-r -c -e -t -d -i -f -b -C -p --index-url --extra-index-url --find-links --target --prefix --root --src --constraint --requirement --editable --trusted-host --timeout --retries " +
			"--progress-bar --proxy --platform --python-version --implementation --abi --cache-dir --log --cert --client-cert --no-binary --only-binary --global-option --install-option --config-settings " +
			"--upgrade-strategy --exists-action --report --use-feature --use-deprecated --python --root-user-action --default-timeout --build --index --default-index --override --with --build-option --resolution --index-strategy --exclude-newer --extra --group",
	}
	npm = manager{
		kind: "npm", verbs: "install i add in", name: npmPackage,
		takes: "--prefix --registry --cache --loglevel --location -C --userconfig --fetch-retries --fetch-timeout --omit --include --cache-folder --network-timeout --fetch-retry-mintimeout --network-concurrency --store-dir --global-dir",
	}
	gem = manager{
		kind: "gem", verbs: "install i", bound: "-v --version --local -l -g --file", name: gemPackage,
		takes: "-v --version -i --install-dir -n --bindir -s --source -P --trust-policy --platform -g --file",
	}
	golang = manager{kind: "go", verbs: "install get run", takes: "-ldflags -tags -gcflags -o -mod -modfile -asmflags -p -C", name: goPackage}
	cargo  = manager{
		kind: "cargo", verbs: "install binstall", bound: "--version --vers --git --path --list", name: cargoPackage,
		takes: "--version --vers --git --branch --tag --rev --path --root --index --registry --features -F --target --target-dir --profile --bin -j --jobs -Z --config --example --strategies --install-path --locked-version",
	}
)

var pipName = lazyregexp.New(`^pip[0-9.]*$|^pip-?\d[0-9.]*$`)

// installs parses a command that installs packages; false for other commands.
func installs(c *runscript.Command) (install, bool) {
	name, args := c.Program()
	if (strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pypy")) && len(args) > 1 && args[0].Text == "-m" {
		name, args = args[1].Text, args[2:]
	}
	switch {
	case pipName.MatchString(name), name == "pipx":
		return pip.read(args)
	case name == "uv" && len(args) > 1 && (args[0].Text == "pip" || args[0].Text == "tool"):
		return pip.read(args[1:])
	case name == "npm", name == "pnpm", name == "yarn":
		return npmInstall(name, args)
	case name == "gem":
		if n := slices.IndexFunc(args, func(a runscript.Word) bool { return a.Text == "--" }); n >= 0 { // the rest are arguments for the compiler
			args = args[:n]
		}
		return gem.read(args)
	case name == "go":
		in, ok := golang.read(longFlags(args))
		return in, ok && len(in.names) > 0
	case name == "cargo":
		for len(args) > 0 && strings.HasPrefix(args[0].Text, "+") { // the toolchain, which rustup reads
			args = args[1:]
		}
		return cargo.read(args)
	}
	return install{}, false
}

// read parses the words behind the name of the program; false if they install nothing.
func (m manager) read(args []runscript.Word) (install, bool) {
	in, verb := install{kind: m.kind}, ""
	runscript.FlagReader{Takes: m.takes, Flag: func(name, value string) {
		switch {
		case slices.Contains(strings.Fields(m.bound), name):
			in.bound = true
		case m.kind == "pypi" && (name == "-r" || name == "--requirement"):
			in.files = append(in.files, value)
		case name == "--require-hashes":
			in.hashes = true
		}
	}, Word: func(w runscript.Word) {
		if verb == "" {
			verb = w.Text
		} else if p, ok := m.name(w); ok {
			p.word = w
			in.names = append(in.names, p)
		}
	}}.Read(args)
	return in, slices.Contains(strings.Fields(m.verbs), verb)
}

// npmInstall parses a global installation. Others install what package.json and its lock say.
func npmInstall(tool string, args []runscript.Word) (install, bool) {
	global := runscript.HasFlag(args, "-g", "--global") || runscript.HasFlag(args, "--location") || runscript.ShortFlag(args, "g")
	if n := slices.IndexFunc(args, func(a runscript.Word) bool { return a.Text == "global" }); tool == "yarn" && n >= 0 { // yarn global add
		global, args = true, slices.Concat(args[:n], args[n+1:])
	}
	in, ok := npm.read(args)
	return in, ok && global
}

// requirementForm matches a name, its extras, and the rest (PEP 508).
var requirementForm = lazyregexp.New(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*(.*)$`)

func requirement(w runscript.Word) (named, bool) {
	m := requirementForm.FindStringSubmatch(w.Text)
	if m == nil || strings.ContainsAny(w.Text, "$/\\`*?{") || strings.HasSuffix(w.Text, ".whl") || strings.HasSuffix(w.Text, ".gz") || strings.HasSuffix(w.Text, ".zip") {
		return named{}, false
	}
	return named{name: m[1], extras: m[2], version: m[3]}, true
}

// npmForm matches a name with its scope, and the text after "@".
var npmForm = lazyregexp.New(`^((?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-zA-Z0-9-~][a-zA-Z0-9-._~]*)(?:@(.*))?$`)

func npmPackage(w runscript.Word) (named, bool) {
	m := npmForm.FindStringSubmatch(w.Text)
	if m == nil || strings.HasSuffix(w.Text, ".tgz") || strings.ContainsAny(w.Text, "$:") || m[1] == "." {
		return named{}, false
	}
	return named{name: m[1], version: m[2]}, true
}

func gemPackage(w runscript.Word) (named, bool) {
	name, version, _ := strings.Cut(w.Text, ":")
	return named{name: name, version: version}, !strings.HasSuffix(w.Text, ".gem") && !strings.ContainsAny(w.Text, "$/*")
}

func goPackage(w runscript.Word) (named, bool) {
	name, version, found := strings.Cut(w.Text, "@")
	// Without @ it is a package of the module in this folder, whose go.mod has the versions.
	return named{name: name, version: version}, found && strings.Contains(name, ".") && !strings.Contains(version, "$")
}

func cargoPackage(w runscript.Word) (named, bool) {
	name, version, _ := strings.Cut(w.Text, "@")
	return named{name: name, version: version}, !strings.ContainsAny(w.Text, "$/")
}

// longFlags rewrites Go's flags with two dashes, so that they are not parsed as bundled short flags.
func longFlags(args []runscript.Word) []runscript.Word {
	out := slices.Clone(args)
	for i, a := range out {
		if strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "--") && len(a.Text) > 2 && strings.Contains(a.Text, "=") {
			out[i].Text = "-" + a.Text
		}
	}
	return out
}
