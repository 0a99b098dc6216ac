package jsonschema

import (
	"encoding/json"
	"reflect"
	"testing"
)

type color string

type inner struct {
	Shared string `json:"shared"`
}

type described struct{ _ int }

func (described) JSONSchema() *Schema { return &Schema{Type: "string", Pattern: "^a$"} }

// TestOf: the settings and the reports hold the rest (docs/freshpin.schema.json is one of them).
func TestOf(t *testing.T) {
	words := func(t reflect.Type) []string {
		if t == reflect.TypeFor[color]() {
			return []string{"red", "blue"}
		}
		return nil
	}
	for name, test := range map[string]struct {
		open  bool
		value any
		want  string
	}{
		"order is the type's": {value: struct {
			Z int     `json:"z"`
			A float64 `json:"a,omitempty"`
		}{}, want: `{"properties":{"z":{"type":"integer"},"a":{"type":"number"}},"additionalProperties":false,"type":"object","required":["z"]}`},
		"an embedded struct's fields are the outer's": {open: true, value: struct {
			inner
			B *bool `json:"b,omitempty"`
		}{}, want: `{"properties":{"shared":{"type":"string"},"b":{"type":"boolean"}},"type":"object","required":["shared"]}`},
		"a tag": {open: true, value: struct {
			S string `json:"s,omitempty" jsonschema:"enum=,enum=x,required,description=what; it is"`
		}{}, want: `{"properties":{"s":{"type":"string","enum":["","x"],"description":"what; it is"}},"type":"object","required":["s"]}`},
		"what is not written": {open: true, value: struct {
			S      string `json:"-"`
			hidden int
		}{}, want: `{"type":"object"}`},
		"a list of maps":                  {value: []map[string]int64{}, want: `{"items":{"additionalProperties":{"type":"integer"},"type":"object"},"type":"array"}`},
		"words of a type":                 {value: []*color{}, want: `{"items":{"type":"string","enum":["red","blue"]},"type":"array"}`},
		"a type that describes itself":    {value: described{}, want: `{"type":"string","pattern":"^a$"}`},
		"a pointer to one that does this": {value: &described{}, want: `{"type":"string","pattern":"^a$"}`},
	} {
		got, err := json.Marshal((&Reflector{Open: test.open, Words: words}).Of(reflect.TypeOf(test.value)))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s (%v), not %s", name, got, err, test.want)
		}
	}
}

func TestUnknown(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a channel has a schema")
		}
	}()
	new(Reflector).Of(reflect.TypeFor[struct {
		C chan int `json:"c"`
	}]())
}
