// Package variables replaces variables in words of Dockerfiles as BuildKit does, and
// keeps where each byte comes from.
package variables

import (
	"fmt"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Global holds the arguments before the first FROM, which are the only ones
// that FROM can use.
type Global struct {
	values   map[string]imagepin.Text // the defaults; the source of their literals is nil
	declared map[string]bool          // without a default, or inside a stage
	mentions map[string]int           // how often each is used or declared again, in the whole file
}

// The arguments that BuildKit sets without a declaration.
var predefined = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "BUILDOSVERSION",
	"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "TARGETOSVERSION", "TARGETSTAGE",
}

var mention = lazyregexp.New(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// New returns the variables of a file; texts are those of its instructions and heredocs.
func New(texts []string) *Global {
	v := &Global{values: map[string]imagepin.Text{}, declared: map[string]bool{}, mentions: map[string]int{}}
	for _, text := range texts {
		for _, m := range mention.FindAllStringSubmatch(text, -1) {
			v.mentions[m[1]]++
		}
	}
	return v
}

// Declare reads one word of an ARG before the first FROM. A word without a default keeps the earlier one.
func (v *Global) Declare(word located.Text, escape byte, file string) {
	name, value, found := word.Cut('=')
	v.declared[name.S] = true
	if !found || name.S == "" {
		return
	}
	text, err := Expand(value, escape, file, v, nil)
	// The error counts only where the variable is used.
	if err != nil {
		text = imagepin.Text{{Unknown: "the default of " + name.S + " cannot be read: " + err.Error()}}
	}
	if len(text) == 0 { // set and empty, which ${X:-y} and ${X-y} tell apart
		text = imagepin.Text{{File: file}}
	}
	v.values[name.S] = text
}

// Note adjusts the mentions of the names of an ARG. Without a default in a stage,
// it is a further use of the global value. A name in its own default is no use.
func (v *Global) Note(words []located.Text, inStage bool) {
	for _, word := range words {
		name, value, own := word.Cut('=')
		v.declared[name.S] = true
		if inStage {
			if !own {
				v.mentions[name.S]++
			}
			continue
		}
		for _, m := range mention.FindAllStringSubmatch(value.S, -1) {
			if m[1] == name.S {
				v.mentions[m[1]]--
			}
		}
	}
}

func (v *Global) isSet(name string) bool {
	_, ok := v.values[name]
	return ok || slices.Contains(predefined, name)
}

// elsewhere describes further uses of a variable, "" for none. A digest must not
// be added to a value that has other uses.
func (v *Global) elsewhere(name string) string {
	if n := v.mentions[name]; n > 1 {
		return fmt.Sprintf("%s is used %d times, and what is added to it goes everywhere", name, n)
	}
	return ""
}

// use returns the value of a variable that is used within src.
func (v *Global) use(name string, src *imagepin.Source) imagepin.Text {
	here := &imagepin.Source{Variable: name, Outer: src, Elsewhere: v.elsewhere(name)}
	if value, ok := v.values[name]; ok {
		return value.Graft(here)
	}
	why := name + " is not declared before the first FROM, where Docker looks for it"
	switch {
	case slices.Contains(predefined, name):
		why = name + " is set by the builder, so the image differs from build to build"
	case v.declared[name]:
		why = name + " has no default before the first FROM, so the value is known only during a build"
	}
	return imagepin.Text{{From: here, Unknown: why}}
}

// Get implements shell.EnvGetter.
func (v *Global) Get(name string) (string, bool) {
	value, ok := v.values[name]
	return value.String(), ok
}

// Keys implements shell.EnvGetter.
func (v *Global) Keys() []string {
	return slices.Collect(maps.Keys(v.values))
}
