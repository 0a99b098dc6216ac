package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A checker is a struct that knows more about itself than its fields do.
type checker interface {
	// check says what is wrong with the settings as a whole; has reports which keys are given.
	check(has func(key string) bool) []problem
}

// A problem is something wrong with a key of a struct.
type problem struct{ key, text, hint string }

// A lister is a list that may also be written as the one element alone.
type lister interface{ single() }

// A decoder fills a struct from a document, collecting all that is wrong.
type decoder struct {
	name   string
	places places
	errs   []error
	nodes  int
}

func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	switch {
	case len(d.errs) < maxErrors:
		d.errs = append(d.errs, &Error{d.name, n.Line, n.Column, strings.TrimSpace(fmt.Sprintf(format, args...)), hint})
	case len(d.errs) == maxErrors:
		d.errs = append(d.errs, &Error{File: d.name, Line: n.Line, Text: "more is wrong than is shown here"})
	}
}

// tired counts nodes and reports whether there are too many: aliases can make
// a short file endless.
func (d *decoder) tired(n *yaml.Node) bool {
	if d.nodes++; d.nodes == maxNodes {
		d.fail(n, "", "more than %d settings", maxNodes)
	}
	return d.nodes >= maxNodes
}

// decode fills v from n; path names the place in errors.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	if d.tired(n) {
		return
	}
	if _, ok := d.places[path]; !ok {
		d.places[path] = place{n.Line, n}
	}
	n = resolve(n)
	if at, ok := v.Addr().Interface().(value); ok {
		d.value(n, at, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), path)
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Map:
		d.table(n, v, path)
	case reflect.Slice:
		d.sequence(n, v, path)
	case reflect.Bool:
		d.boolean(n, v, path)
	}
}

// value hands text to a setting with a form of its own.
func (d *decoder) value(n *yaml.Node, at value, path string) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "", "%s needs a value, not %s", path, describe(n))
		return
	}
	if !slices.Contains(tags(at), n.Tag) {
		d.fail(n, "put it in quotes", "%s %s is not text", path, quote(n.Value))
		return
	}
	text := n.Value
	if n.Tag == "!!bool" {
		text = strings.ToLower(text)
	}
	err := at.set(text)
	if err == nil {
		return
	}
	hint := ""
	var bad *badWord
	if errors.As(err, &bad) {
		hint = suggest(text, bad.words)
	}
	d.fail(n, hint, "%s %v", path, err)
}

// tags returns what YAML may take the text of a setting for.
func tags(at value) []string {
	if t, ok := at.(interface{ tags() []string }); ok {
		return t.tags()
	}
	return []string{"!!str"}
}

func (d *decoder) boolean(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.fail(n, "", "%s needs true or false, not %s", path, describe(n))
		return
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path string) {
	content := n.Content
	if _, ok := v.Addr().Interface().(lister); ok && n.Kind == yaml.ScalarNode && !isNull(n) {
		content = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		d.fail(n, "", "%s needs a list, not %s", path, describe(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(content), len(content)))
	for i, one := range content {
		d.decode(one, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// table fills a map of text to settings.
func (d *decoder) table(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s needs keys and values, not %s", path, describe(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range d.pairs(n, path) {
		one := reflect.New(v.Type().Elem()).Elem()
		d.decode(p.value, one, join(path, p.key.Value))
		v.SetMapIndex(reflect.ValueOf(p.key.Value), one)
	}
}

// mapping fills a struct. An unknown key is an error with the nearest known one.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s needs keys and values, not %s", or(path, "the file"), describe(n))
		return
	}
	fields := map[string]reflect.Value{}
	collect(v, fields)
	keys := map[string]*yaml.Node{}
	for _, p := range d.pairs(n, path) {
		keys[p.key.Value] = p.key
		if field, ok := fields[p.key.Value]; ok {
			at := join(path, p.key.Value)
			d.places[at] = place{p.key.Line, p.value}
			d.decode(p.value, field, at)
		} else {
			d.unknown(p.key, fields, path)
		}
	}
	c, ok := v.Addr().Interface().(checker)
	if !ok {
		return
	}
	for _, bad := range c.check(func(key string) bool { return keys[key] != nil }) {
		at := n
		if key := keys[bad.key]; key != nil {
			at = key
		}
		d.fail(at, bad.hint, "%s %s", path, bad.text)
	}
}

// A pair is one entry of a mapping.
type pair struct{ key, value *yaml.Node }

// pairs returns the entries of a mapping, those of merge keys (<<) last and
// only where the mapping itself does not have them.
func (d *decoder) pairs(n *yaml.Node, path string) []pair {
	var out []pair
	var merged []*yaml.Node
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			merged = append(merged, resolve(val))
		case key.Kind != yaml.ScalarNode:
			d.fail(key, "", "%s has a key that is not text", or(path, "the file"))
		case seen[key.Value]:
			d.fail(key, "", "%s is set twice", quote(join(path, key.Value)))
		default:
			seen[key.Value] = true
			out = append(out, pair{key, val})
		}
	}
	for _, m := range merged {
		if m.Kind != yaml.MappingNode || d.tired(m) {
			d.fail(m, "", "%s merges what has no keys", or(path, "the file"))
			continue
		}
		for i := 0; i+1 < len(m.Content); i += 2 {
			if key := m.Content[i]; key.Kind == yaml.ScalarNode && key.Tag != "!!merge" && !seen[key.Value] {
				seen[key.Value] = true
				out = append(out, pair{key, m.Content[i+1]})
			}
		}
	}
	return out
}

func (d *decoder) unknown(key *yaml.Node, fields map[string]reflect.Value, path string) {
	var known []string
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	hint := suggest(key.Value, known)
	if hint == "" {
		hint = "the known keys are " + strings.Join(known, ", ")
	}
	where := ""
	if path != "" {
		where = " in " + path
	}
	d.fail(key, hint, "there is no setting %s%s", quote(key.Value), where)
}

// collect finds the fields of a struct by the names of their keys, also those of structs inside it.
func collect(v reflect.Value, fields map[string]reflect.Value) {
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			collect(v.Field(i), fields)
		case name != "":
			fields[name] = v.Field(i)
		}
	}
}

func join(path, key string) string {
	switch {
	case strings.ContainsAny(key, ". ") || key == "":
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
