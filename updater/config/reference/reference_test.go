package reference

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func TestSchema(t *testing.T) {
	text, err := Schema(all.Infos())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("s.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		wholeFile(), "{}", "allow: minor", "allow: mnor", "alow: minor", "base: 1", "cooldown: {packages: 0}", "cooldown: {packages: 3 days}", "cooldown: 3d",
		"dashboard: true", "dashboard: maybe", "limit: 3", "limit: 3000", "limit: x", "labels: [a, b]", "labels: a", "python: 3.11", "python: '3.11'", "python: three",
		"rules: [{match: {name: a}, base: true}]", "rules: [{match: {name: [a, b]}, allow: major}]", "rules: [{match: {nam: a}}]", "rules: [{match: {name: a}, ignore: true, until: 2027-01-31}]", "dashboard: True", "limit: '3'", "labels: [1]",
		"ignore: [a]", "ignore: a", "group: directory", "group: x", "rebuilds: security", "lines: propose", "commit_style: plain",
	} {
		_, errs := config.Parse(config.Name, []byte(text), all.Infos())
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(plain(value))
		instance, _ := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
		if bad := schema.Validate(instance); (bad == nil) != (len(errs) == 0) {
			t.Errorf("%q: schema says %v, parser %v", text, bad, errs)
		}
	}
}

// wholeFile is a file with every key.
func wholeFile() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(Examples())) {
		b.WriteString(Examples()[key] + "\n")
	}
	return b.String()
}

// plain turns dates, which YAML knows and JSON does not, into text.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}
