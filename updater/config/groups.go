package config

import (
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/policy"
)

// A NamedGroup collects updates in one pull request.
type NamedGroup struct {
	Name  string       `yaml:"-" json:"-"`
	Match Match        `yaml:"match" json:"match" jsonschema:"required,description=all that is given has to match"`
	Bands []value.Band `yaml:"bands" json:"bands,omitempty" jsonschema:"description=how far its updates move; all where it is not given"`
}

// Groups are named groups in the order of the file.
type Groups []NamedGroup

// JSONSchema returns the schema of a mapping of names to groups.
func (Groups) JSONSchema() *jsonschema.Schema {
	r := &jsonschema.Reflector{ExpandedStruct: true, DoNotReference: true, Anonymous: true}
	one := r.Reflect(&NamedGroup{})
	// The schema around it names its version; a part of it must not.
	one.Version = ""
	return &jsonschema.Schema{Type: "object", PatternProperties: map[string]*jsonschema.Schema{groupName.String(): one}, AdditionalProperties: jsonschema.FalseSchema}
}

// groupName matches the allowed names of groups, which become part of branch names.
var groupName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$`)

// groups decodes a mapping of names to groups and keeps its order.
func (d *decoder) groups(n *yaml.Node, at *Groups, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s needs names and groups, not %s", path, describe(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		where := join(path, key.Value)
		switch {
		case !groupName.MatchString(key.Value):
			d.fail(key, "", "%s is no name of a group: letters, digits, dots and dashes make one", value.Quote(key.Value))
		case seen[key.Value]:
			d.fail(key, "", "%s is set twice", where)
		default:
			d.lines[where] = key.Line
			g := NamedGroup{Name: key.Value}
			d.decode(n.Content[i+1], reflect.ValueOf(&g).Elem(), where)
			// A list and no map: the first group that matches takes an update.
			*at = append(*at, g)
		}
		seen[key.Value] = true
	}
}

// checkGroups returns errors for groups that would match every update.
func checkGroups(name string, groups Groups, lines map[string]int, known ecosystems.Infos) (errs []error) {
	for _, g := range groups {
		line := lines["groups."+g.Name]
		if g.Match.empty() {
			errs = append(errs, &Error{name, line, fmt.Sprintf("the group %s matches nothing in particular", g.Name), "give it match: {name: …}, or set group: repository for everything"})
		}
		errs = append(errs, g.Match.trouble(name, line, known)...)
	}
	return errs
}

// named returns the groups that a dependency belongs to, in the order of the file.
func (f *File) named(d subject, file string) (list []policy.NamedGroup) {
	for _, g := range f.Groups {
		if !g.Match.matches(d, file) {
			continue
		}
		one := policy.NamedGroup{Name: g.Name}
		for _, b := range g.Bands {
			one.Bands = append(one.Bands, levels[string(b)])
		}
		list = append(list, one)
	}
	return list
}
