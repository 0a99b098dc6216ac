package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxSize  = 1 << 20 // larger files of settings are refused, in bytes
	maxNodes = 100_000 // also counting what aliases repeat
)

// Parse reads the text of one .freshpin.yaml and returns everything that is
// wrong with it, each an *Error with file and line. name is used in errors.
func Parse(name string, data []byte) (*File, []error) {
	f := &File{name: name}
	lines, errs := parse(name, data, f)
	f.lines = lines
	for n, r := range f.Rules {
		if errs == nil && len(r.Match.Ecosystem)+len(r.Match.Name)+len(r.Match.File) == 0 {
			errs = append(errs, &Error{name, lines[fmt.Sprintf("rules[%d]", n)], "the rule matches nothing in particular", "give it match: {name: …}, or set it for the whole file"})
		}
	}
	return f, errs
}

// parse fills out, a pointer to a struct, and returns the line of every key.
func parse(name string, data []byte, out any) (map[string]int, []error) {
	if len(data) > maxSize {
		return nil, []error{&Error{name, 1, fmt.Sprintf("%d bytes are more than the limit of %d", len(data), maxSize), ""}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &doc); err != nil {
		return nil, []error{syntaxError(name, err)}
	}
	d := &decoder{name: name, lines: map[string]int{}}
	if len(doc.Content) > 0 && !isNull(doc.Content[0]) {
		d.decode(doc.Content[0], reflect.ValueOf(out).Elem(), "")
	}
	sortErrors(d.errs)
	return d.lines, d.errs
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

// syntaxError moves the line out of the parser's sentence.
func syntaxError(name string, err error) error {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	return &Error{name, line, text, ""}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// A decoder fills a struct from a document, collecting all that is wrong.
type decoder struct {
	name  string
	lines map[string]int
	errs  []error
	nodes int
}

func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	d.errs = append(d.errs, &Error{d.name, n.Line, fmt.Sprintf(format, args...), hint})
}

// decode fills v from n; path names the place in errors.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if d.nodes++; d.nodes > maxNodes {
		if d.nodes == maxNodes+1 {
			d.fail(n, "", "more than %d settings", maxNodes)
		}
		return
	}
	if d.lines[path] == 0 {
		d.lines[path] = n.Line
	}
	switch at := v.Addr().Interface().(type) {
	case value:
		d.scalar(n, at, path)
		return
	case yaml.Unmarshaler:
		if err := at.UnmarshalYAML(n); err != nil {
			d.fail(n, "", "%s %v", path, err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), path)
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.sequence(n, v, path)
	default:
		d.plain(n, v, path)
	}
}

// scalar hands text to a setting with a form of its own.
func (d *decoder) scalar(n *yaml.Node, at value, path string) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "", "%s needs a value, not %s", path, describe(n))
		return
	}
	err := at.set(n.Value)
	if err == nil {
		return
	}
	hint := ""
	var bad *badWord
	if errors.As(err, &bad) {
		if w := closest(n.Value, bad.words); w != "" {
			hint = fmt.Sprintf("did you mean %q?", w)
		}
	}
	d.fail(n, hint, "%s %v", path, err)
}

// plain fills text, numbers and booleans.
func (d *decoder) plain(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "", "%s needs a value, not %s", path, describe(n))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if n.Tag != "!!bool" {
			d.fail(n, "", "%s %q is not true or false", path, n.Value)
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || i < 0 {
			d.fail(n, "", "%s %q is not a whole number", path, n.Value)
			return
		}
		v.SetInt(i)
	case reflect.String:
		v.SetString(n.Value)
	}
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "", "%s needs a list, not %s", path, describe(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, one := range n.Content {
		d.decode(one, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
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
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Value == "<<" && key.Tag == "!!merge" {
			d.mapping(resolve(val), v, path)
			continue
		}
		field, ok := fields[key.Value]
		switch {
		case !ok:
			d.unknown(key, fields, path)
		case seen[key.Value]:
			d.fail(key, "", "%s is set twice", join(path, key.Value))
		default:
			d.decode(val, field, join(path, key.Value))
		}
		seen[key.Value] = true
	}
}

func (d *decoder) unknown(key *yaml.Node, fields map[string]reflect.Value, path string) {
	var known []string
	for k := range fields {
		known = append(known, k)
	}
	slices.Sort(known)
	hint := "the known keys are " + strings.Join(known, ", ")
	if k := closest(key.Value, known); k != "" {
		hint = fmt.Sprintf("did you mean %q?", k)
	}
	where := ""
	if path != "" {
		where = " in " + path
	}
	d.fail(key, hint, "there is no setting %q%s", key.Value, where)
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

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func join(path, key string) string {
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

// describe names what stands where something else should.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
