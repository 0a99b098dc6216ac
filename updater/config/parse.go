package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

const (
	maxSize  = 1 << 20 // larger files of settings are refused, in bytes
	maxNodes = 100_000 // also counting what aliases repeat
)

// Parse reads the text of one .freshpin.yaml and returns everything that is
// wrong with it, each an *Error with file and line. name is used in errors. known
// are the ecosystems that it may name; nil lets it name any.
func Parse(name string, data []byte, known ecosystems.Infos) (*File, []error) {
	f := &File{name: name, used: map[int]bool{}}
	lines, errs := parse(name, data, f, known)
	f.lines = lines
	if errs == nil {
		errs = append(checkRules(name, "", f.Rules, lines, known), checkGroups(name, f.Groups, lines, known)...)
		errs = append(errs, checkPeople(name, f)...)
		errs = append(errs, checkBranches(name, f)...)
		sortErrors(errs)
	}
	return f, errs
}

// checkRules finds rules that mean nothing, or not what they seem to.
func checkRules(name, prefix string, rules []Rule, lines map[string]int, known ecosystems.Infos) (errs []error) {
	for n, r := range rules {
		at := join(prefix, fmt.Sprintf("rules[%d]", n))
		fail := func(key, text, hint string) {
			errs = append(errs, &Error{name, max(lines[join(at, key)], lines[at]), text, hint})
		}
		if r.Match.empty() {
			fail("match", "the rule matches nothing in particular", "give it match: {name: …}, or set it for the whole file")
		}
		if r.Until != nil && (r.Ignore == nil || !*r.Ignore) {
			fail("until", "until without ignore: true means nothing", "add ignore: true")
		}
		if r.Ignore == nil && r.Verify == nil && r.Schedule == nil && r.Versions == nil && reflect.DeepEqual(r.Choice, Choice{}) {
			fail("", "the rule sets nothing", "")
		}
		if r.Match.ofChecklist() && r.Ignore == nil {
			fail("match", "a rule with match: {rule, service} is about the checklist, and needs ignore: true", "")
		}
		errs = append(errs, r.Match.trouble(name, max(lines[join(at, "match.ecosystem")], lines[at]), known)...)
		if text := r.Verify.trouble(); text != "" {
			fail("verify", text, "")
		}
	}
	return errs
}

// empty reports whether nothing is given, so that everything would match.
func (m Match) empty() bool {
	return len(m.Ecosystem)+len(m.Name)+len(m.File)+len(m.Branch)+len(m.Service)+len(m.Rule) == 0
}

// ofChecklist reports whether a rule is about the checklist, and not about dependencies.
func (m Match) ofChecklist() bool { return len(m.Service)+len(m.Rule) > 0 }

// trouble finds names of ecosystems that are none.
func (m Match) trouble(name string, line int, known ecosystems.Infos) (errs []error) {
	words := known.Names()
	for _, p := range m.Ecosystem {
		if p.expr != nil || strings.ContainsAny(p.text, "*?[{") || known == nil || slices.Contains(words, p.text) {
			continue
		}
		hint := "they are " + alternatives(words)
		if w := closest(p.text, words); w != "" {
			hint = fmt.Sprintf("did you mean %q?", w)
		}
		errs = append(errs, &Error{name, line, fmt.Sprintf("there is no ecosystem %s", quote(p.text)), hint})
	}
	return errs
}

// trouble says what is wrong with a signature to verify, "" if nothing is.
func (v *Verify) trouble() string {
	switch {
	case v == nil:
		return ""
	case (v.Cosign == nil) == (v.Keyless == nil):
		return "verify needs cosign or keyless"
	case v.Cosign != nil && !filepath.IsLocal(v.Cosign.Key):
		return fmt.Sprintf("verify.cosign.key %s is no path inside the repository", quote(v.Cosign.Key))
	case v.Keyless != nil && (v.Keyless.Issuer == "" || v.Keyless.Identity == ""):
		return "verify.keyless needs issuer and identity"
	}
	return ""
}

// parse fills out, a pointer to a struct, and returns the line of every key.
func parse(name string, data []byte, out any, known ecosystems.Infos) (map[string]int, []error) {
	if len(data) > maxSize {
		return nil, []error{&Error{name, 1, fmt.Sprintf("%d bytes are more than the limit of %d", len(data), maxSize), ""}}
	}
	documents := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	var doc, second yaml.Node
	if err := documents.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, []error{syntaxError(name, err)}
	}
	if err := documents.Decode(&second); err == nil {
		return nil, []error{&Error{name, second.Line, "a second document begins here", "one file holds one document"}}
	}
	d := &decoder{name: name, kinds: known.Names(), lines: map[string]int{}}
	if len(doc.Content) > 0 && !isNull(doc.Content[0]) {
		d.decode(doc.Content[0], reflect.ValueOf(out).Elem(), "")
	}
	sortErrors(d.errs)
	return d.lines, capped(name, d.errs)
}

// capped leaves out errors beyond the first twenty, and says how many.
func capped(name string, errs []error) []error {
	const most = 20
	if len(errs) <= most {
		return errs
	}
	return append(errs[:most:most], &Error{name, 1, fmt.Sprintf("and %d more mistakes", len(errs)-most), ""})
}

var yamlLine = lazyregexp.New(`^yaml: line (\d+): (.*)$`)

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
	kinds []string // the names of the ecosystems; none for any
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
	if d.full(n) {
		return
	}
	if d.lines[path] == 0 {
		d.lines[path] = n.Line
	}
	switch at := v.Addr().Interface().(type) {
	case *Groups:
		d.groups(n, at, path)
		return
	case *Patterns, *Words:
		d.oneOrMore(n, v, path)
		return
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

// oneOrMore takes one value or a list of them.
func (d *decoder) oneOrMore(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.SequenceNode {
		d.sequence(n, v, path)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	d.decode(n, v.Index(0), path)
}

// scalar hands text to a setting with a form of its own.
func (d *decoder) scalar(n *yaml.Node, at value, path string) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "", "%s needs a value, not %s", path, describe(n))
		return
	}
	text := n.Value
	if n.Tag == "!!bool" {
		text = strings.ToLower(text)
	}
	_, few := at.(*Count)
	if _, many := at.(*Amount); (few || many) && n.Tag != "!!int" {
		d.fail(n, "", "%s %s is not a number", path, describe(n))
		return
	}
	err := at.set(text)
	if _, is := at.(*Kind); is && len(d.kinds) > 0 {
		_, err = oneOf(text, d.kinds)
	}
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
			d.fail(n, "", "%s %s is not true or false", path, describe(n))
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || i < 0 {
			d.fail(n, "", "%s %s is not a whole number", path, describe(n))
			return
		}
		v.SetInt(i)
	case reflect.String:
		if n.Tag != "!!str" || n.Value == "" {
			d.fail(n, "", "%s needs text, not %s", path, describe(n))
			return
		}
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
	if d.merge(n, v, path); len(d.errs) > 0 && d.nodes > maxNodes {
		return
	}
	fields := map[string]reflect.Value{}
	collect(v, fields)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		field, ok := fields[key.Value]
		switch {
		case isMerge(key):
		case !ok:
			d.unknown(key, fields, path)
		case seen[key.Value]:
			d.fail(key, "", "%s is set twice", join(path, key.Value))
		default:
			d.lines[join(path, key.Value)] = key.Line
			d.decode(val, field, join(path, key.Value))
		}
		seen[key.Value] = true
	}
}

func isMerge(key *yaml.Node) bool { return key.Value == "<<" && key.Tag == "!!merge" }

// merge fills in what merge keys bring, before the keys of the mapping itself, which win.
func (d *decoder) merge(n *yaml.Node, v reflect.Value, path string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		from := []*yaml.Node{n.Content[i+1]}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, one := range from {
			if d.full(one) {
				return
			}
			d.mapping(resolve(one), v, path)
		}
	}
}

// full counts a node and reports whether there are too many, also of those that aliases repeat.
func (d *decoder) full(n *yaml.Node) bool {
	d.nodes++
	if d.nodes == maxNodes+1 {
		d.fail(n, "", "more than %d settings", maxNodes)
	}
	return d.nodes > maxNodes
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
	if bot := foreigner(key.Value); bot != "" && path == "" {
		d.fail(key, "freshpin config --import translates the settings of "+bot, "%s is a setting of %s, not of Freshpin", quote(key.Value), bot)
		return
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
	return quote(n.Value)
}

// quote quotes what a file says, shortened, so that an error stays one line.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
