package dockerrules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// UndefinedVariable is the rule undefined-variable: a variable is used that nothing defines.
var UndefinedVariable = check.Rule{
	ID: "undefined-variable", Level: check.Must, Mode: check.Default,
	Title:  "a variable is used that nothing defines",
	Why:    "Docker puts nothing in its place: the label is empty, or another image is taken.",
	Silent: "with a default (${X:-y}), for variables of the base image, and where the base image is not known.",
	Fixes:  "text: declare it with ARG before it is used; an ARG before FROM has to be declared again in the stage.",
	Source: "https://docs.docker.com/reference/build-checks/undefined-var/",
	Also:   []string{"UndefinedVar", "UndefinedArgInFrom"},
	Docker: undefinedVariable,
}

// predefined are the variables that the builder sets: those for FROM, and the proxy variables everywhere.
var predefined = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "BUILDOSVERSION", "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETOSVERSION", "TARGETSTAGE",
}

func undefinedVariable(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	if d.IsTemplate() { // its engine may define any of them
		return nil
	}
	for i, in := range judged.Instructions(d, "from", "label", "env") {
		stage := in.Stage
		var base []string
		if in.Name != "from" {
			// ENV of the base image counts, so nothing is said if that cannot be read.
			known := false
			if base, known = baseVariables(d, stage, facts); !known {
				continue
			}
		}
		for _, name := range undefined(d, i) {
			if isPredefined(name, in.Name == "from") || slices.Contains(base, name) || setsItself(d, i, name) {
				continue
			}
			f := check.Finding{
				At: in.Text.Span(d.Name), Stage: d.StageName(stage), Evidence: strings.ToUpper(in.Name) + " " + name,
				Text: fmt.Sprintf("%s uses $%s, which no ARG or ENV before it defines", strings.ToUpper(in.Name), name),
			}
			if _, _, global := d.Value(firstFrom(d), name); global {
				f.Hint = fmt.Sprintf("ARG %s stands before FROM: the stage sees it only after another ARG %s", name, name)
			}
			found = append(found, f)
		}
	}
	return found
}

// firstFrom returns the index of the first FROM.
func firstFrom(d *check.Docker) int {
	if len(d.Stages) == 0 {
		return 0
	}
	return d.Stages[0].First
}

// undefined returns the variables that instruction i uses and no earlier instruction defines, each once.
func undefined(d *check.Docker, i int) (names []string) {
	in := d.Instructions[i]
	add := func(list []string) {
		for _, name := range list {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if in.Name == "from" {
		if words := in.Args.Fields(); len(words) > 0 {
			add(d.UndefinedGlobal(words[0]))
		}
		return names
	}
	for _, p := range d.Pairs(in) {
		if strings.Contains(p.Value.String(), "$") {
			_, _, missing := d.Expand(i, p.Value)
			add(missing)
		}
	}
	return names
}

func isPredefined(name string, from bool) bool {
	if from {
		return slices.Contains(predefined, name)
	}
	switch strings.ToUpper(name) {
	case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "PATH", "SOURCE_DATE_EPOCH":
		return true
	}
	return strings.HasPrefix(name, "BUILDKIT_")
}

// setsItself reports whether ENV extends a variable by its own value, which may be
// empty: X=/a:$X. It is false for X=$X, which needs a value.
func setsItself(d *check.Docker, i int, name string) bool {
	for _, p := range d.Pairs(d.Instructions[i]) {
		value := strings.Trim(p.Value.String(), `"'`)
		if p.Name.String() == name && value != "$"+name && value != "${"+name+"}" {
			return true
		}
	}
	return false
}

// baseVariables returns the variables of a stage's base image; known is false if they cannot be read.
func baseVariables(d *check.Docker, stage int, facts *check.Facts) (names []string, known bool) {
	root := judged.RootOf(d, stage)
	if root < 0 {
		return nil, false
	}
	s := d.Stages[root]
	switch {
	case s.Base == "scratch":
		return nil, true
	case s.Unknown != "":
		return nil, false
	}
	image, ok := facts.Image(s.Base, s.Platform)
	if !ok || image.Config == nil {
		return nil, false
	}
	for _, e := range image.Config.Env {
		name, _, _ := strings.Cut(e, "=")
		names = append(names, name)
	}
	return names, true
}
