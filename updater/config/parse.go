package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of a file of settings.
const (
	maxSize   = 1 << 20 // larger files are refused, in bytes
	maxNodes  = 100_000 // settings, counting again what aliases repeat
	maxErrors = 50      // further ones are not reported
)

// Parse reads the text of one .freshpin.yaml and returns everything that is
// wrong with it, each an *Error with file and line. name is used in errors.
func Parse(name string, data []byte) (*File, []error) {
	f := &File{name: name}
	places, errs := parse(name, data, f)
	f.places = places
	return f, errs
}

// A place is where a setting stands.
type place struct {
	line int        // of its key, counted from 1
	node *yaml.Node // its value
}

// places are those of all settings by their paths: "allow", "rules[2].allow".
type places map[string]place

// parse fills out, a pointer to a struct, and returns the place of every setting.
func parse(name string, data []byte, out any) (places, []error) {
	if len(data) > maxSize {
		return nil, []error{&Error{File: name, Line: 1, Text: fmt.Sprintf("%d bytes are more than the limit of %d", len(data), maxSize)}}
	}
	d := &decoder{name: name, places: places{}}
	root, err := document(data)
	if err != nil {
		return nil, []error{syntaxError(name, err)}
	}
	if root != nil && !isNull(root) {
		d.decode(root, reflect.ValueOf(out).Elem(), "")
	}
	sortErrors(d.errs)
	return d.places, d.errs
}

// document returns the top of the only document, nil for an empty file.
func document(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		return nil, fmt.Errorf("yaml: line %d: a second document begins here; only one is read", more.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	case len(doc.Content) == 0:
		return nil, nil
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`(?s)^yaml: line (\d+): (.*)$`)

// syntaxError moves the line out of the parser's sentence.
func syntaxError(name string, err error) error {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	hint := ""
	if strings.Contains(text, "cannot start any token") {
		hint = "YAML is indented with spaces; text that begins with @, ` or % needs quotes"
	}
	return &Error{File: name, Line: max(line, 1), Text: text, Hint: hint}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// resolve returns what an alias stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
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
	return quote(n.Value)
}
