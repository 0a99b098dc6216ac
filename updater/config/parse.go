package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/value"
)

const (
	maxSize  = 1 << 20 // of a settings file, in bytes
	maxNodes = 100_000 // nodes of the document, including repetitions by aliases
)

// Parse parses one .freshpin.yaml and returns all mistakes in it, each an *Error
// with file and line. name is for the errors. known are the ecosystems that it may
// name; nil allows any name.
func Parse(name string, data []byte, known ecosystems.Infos) (*File, []error) {
	f := &File{name: name, used: map[int]bool{}}
	lines, errs := parse(name, data, f, known)
	f.lines = lines
	// What could not be decoded is missing, and would be complained about a second time.
	if errs == nil {
		errs = append(checkRules(name, "", f.Rules, lines, known), checkGroups(name, f.Groups, lines, known)...)
		errs = append(errs, checkPeople(name, f)...)
		errs = append(errs, checkBranches(name, f)...)
		sortErrors(errs)
	}
	return f, errs
}

// checkRules returns errors for rules without effect or with a misleading one.
func checkRules(name, prefix string, rules []Rule, lines map[string]int, known ecosystems.Infos) (errs []error) {
	for n, r := range rules {
		at := join(prefix, fmt.Sprintf("rules[%d]", n))
		fail := func(key, text, hint string) {
			// A key that is not given has no line; the rule has one.
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

// empty reports whether no condition is set, so that everything would match.
func (m Match) empty() bool {
	return len(m.Ecosystem)+len(m.Name)+len(m.File)+len(m.Branch)+len(m.Service)+len(m.Rule) == 0
}

// ofChecklist reports whether a rule is for the checklist and not for dependencies.
func (m Match) ofChecklist() bool { return len(m.Service)+len(m.Rule) > 0 }

// trouble returns errors for unknown names of ecosystems.
func (m Match) trouble(name string, line int, known ecosystems.Infos) (errs []error) {
	words := known.Names()
	for _, p := range m.Ecosystem {
		// Only a plain word can be compared with the names that there are.
		if p.Expr != nil || strings.ContainsAny(p.Text, "*?[{") || known == nil || slices.Contains(words, p.Text) {
			continue
		}
		hint := "they are " + value.Alternatives(words)
		if w := Closest(p.Text, words); w != "" {
			hint = fmt.Sprintf("did you mean %q?", w)
		}
		errs = append(errs, &Error{name, line, fmt.Sprintf("there is no ecosystem %s", value.Quote(p.Text)), hint})
	}
	return errs
}

// trouble returns the mistake in the settings of a signature, "" if there is none.
func (v *Verify) trouble() string {
	switch {
	case v == nil:
		return ""
	case (v.Cosign == nil) == (v.Keyless == nil):
		return "verify needs cosign or keyless"
	// The file is read from the repository, which must not name any other of the machine.
	case v.Cosign != nil && !filepath.IsLocal(v.Cosign.Key):
		return fmt.Sprintf("verify.cosign.key %s is no path inside the repository", value.Quote(v.Cosign.Key))
	case v.Keyless != nil && (v.Keyless.Issuer == "" || v.Keyless.Identity == ""):
		return "verify.keyless needs issuer and identity"
	}
	return ""
}

// parse decodes data into out, a pointer to a struct, and returns the line of every key.
func parse(name string, data []byte, out any, known ecosystems.Infos) (map[string]int, []error) {
	if len(data) > maxSize {
		return nil, []error{&Error{name, 1, fmt.Sprintf("%d bytes are more than the limit of %d", len(data), maxSize), ""}}
	}
	documents := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	var doc, second yaml.Node
	if err := documents.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, []error{syntaxError(name, err)}
	}
	// The parser would pass over it, and with it the settings that it has.
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

// capped returns the first twenty errors, and one with the number of the others.
func capped(name string, errs []error) []error {
	const most = 20
	if len(errs) <= most {
		return errs
	}
	return append(errs[:most:most], &Error{name, 1, fmt.Sprintf("and %d more mistakes", len(errs)-most), ""})
}

var yamlLine = lazyregexp.New(`^yaml: line (\d+): (.*)$`)

// syntaxError turns an error of the parser into an *Error with its line.
func syntaxError(name string, err error) error {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	return &Error{name, line, text, ""}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// A decoder decodes a document into a struct and collects all mistakes.
type decoder struct {
	name  string
	kinds []string // allowed names of ecosystems; none allows any
	lines map[string]int
	errs  []error
	nodes int
}

func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	d.errs = append(d.errs, &Error{d.name, n.Line, fmt.Sprintf(format, args...), hint})
}

// decode decodes n into v; path is the key for errors.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	n = resolve(n)
	if d.full(n) {
		return
	}
	// A key has its line already; an element of a list has none yet.
	if d.lines[path] == 0 {
		d.lines[path] = n.Line
	}
	switch at := v.Addr().Interface().(type) {
	case *Groups:
		d.groups(n, at, path)
		return
	case *value.Patterns, *Words:
		d.oneOrMore(n, v, path)
		return
	case value.Value:
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

// oneOrMore decodes one value or a list of values.
func (d *decoder) oneOrMore(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.SequenceNode {
		d.sequence(n, v, path)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	d.decode(n, v.Index(0), path)
}

// scalar decodes text into a value with its own format.
func (d *decoder) scalar(n *yaml.Node, at value.Value, path string) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.fail(n, "", "%s needs a value, not %s", path, describe(n))
		return
	}
	// YAML takes True and TRUE for booleans too.
	text := n.Value
	if n.Tag == "!!bool" {
		text = strings.ToLower(text)
	}
	// A number in quotes is text to YAML, and to the schema.
	_, few := at.(*value.Count)
	if _, many := at.(*value.Amount); (few || many) && n.Tag != "!!int" {
		d.fail(n, "", "%s %s is not a number", path, describe(n))
		return
	}
	// The type Kind takes any text: which kinds there are is known only here.
	err := at.Set(text)
	if _, is := at.(*value.Kind); is && len(d.kinds) > 0 {
		_, err = value.OneOf(text, d.kinds)
	}
	if err == nil {
		return
	}
	hint := ""
	var bad *value.WordError
	if errors.As(err, &bad) {
		if w := Closest(n.Value, bad.Words); w != "" {
			hint = fmt.Sprintf("did you mean %q?", w)
		}
	}
	d.fail(n, hint, "%s %v", path, err)
}

// plain decodes text, numbers and booleans.
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

// mapping decodes a mapping into a struct. The error for an unknown key names the most similar known key.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s needs keys and values, not %s", cmp.Or(path, "the file"), describe(n))
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
		// merge has decoded it, before the keys that override it.
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

// merge decodes the merge keys of a mapping. It runs before the mapping's own keys, which override them.
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
			// Merging has its own count: a chain of merges doubles the nodes at each step.
			if d.full(one) {
				return
			}
			d.mapping(resolve(one), v, path)
		}
	}
}

// full counts a node, including repetitions by aliases, and reports whether there are too many.
func (d *decoder) full(n *yaml.Node) bool {
	d.nodes++
	// One error, however many nodes are left.
	if d.nodes == maxNodes+1 {
		d.fail(n, "", "more than %d settings", maxNodes)
	}
	return d.nodes > maxNodes
}

func (d *decoder) unknown(key *yaml.Node, fields map[string]reflect.Value, path string) {
	known := slices.Sorted(maps.Keys(fields))
	hint := "the known keys are " + strings.Join(known, ", ")
	if k := Closest(key.Value, known); k != "" {
		hint = fmt.Sprintf("did you mean %q?", k)
	}
	where := ""
	if path != "" {
		where = " in " + path
	}
	if bot := foreigner(key.Value); bot != "" && path == "" {
		d.fail(key, "freshpin config --import translates the settings of "+bot, "%s is a setting of %s, not of Freshpin", value.Quote(key.Value), bot)
		return
	}
	d.fail(key, hint, "there is no setting %q%s", key.Value, where)
}

// collect adds the fields of a struct, including those of embedded structs, by their keys.
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

// describe names the kind of a node for an error.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return value.Quote(n.Value)
}
