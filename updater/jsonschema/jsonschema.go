// Package jsonschema describes types of Go as JSON schemas: what encoding/json
// makes of them, with descriptions, required fields and words from their tags.
// It knows the kinds of types that our settings and reports are made of; the
// library that knows all of them is five modules.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Draft is the version of JSON Schema that the schemas are written in.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// A Schema is a JSON schema, as far as it is needed here. Its fields have the names of the keywords.
type Schema struct {
	Version              string             `json:"$schema,omitempty"`
	ID                   string             `json:"$id,omitempty"`
	OneOf                []*Schema          `json:"oneOf,omitempty"`
	Items                *Schema            `json:"items,omitempty"`
	Properties           Properties         `json:"properties,omitempty"`
	PatternProperties    map[string]*Schema `json:"patternProperties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // a schema or false
	Type                 string             `json:"type,omitempty"`
	Enum                 []any              `json:"enum,omitempty"`
	Maximum              json.Number        `json:"maximum,omitempty"`
	Minimum              json.Number        `json:"minimum,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Format               string             `json:"format,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
}

// Enum returns the schema of one of the words.
func Enum(words []string) *Schema {
	s := &Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// Properties are the fields of an object, in the order of the type.
type Properties []Property

// A Property is one field of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// MarshalJSON writes an object that keeps the order.
func (list Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, p := range list {
		name, err := json.Marshal(p.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.Schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", name, value)
	}
	return []byte("{" + b.String() + "}"), nil
}

// A Describer is a type whose JSON its kind does not tell.
type Describer interface{ JSONSchema() *Schema }

// A Reflector makes schemas of types.
type Reflector struct {
	// Open lets objects have more than the fields of their types.
	Open bool
	// Words returns the words that a type may be, nil for one that has none.
	Words func(reflect.Type) []string
}

// Of returns the schema of a type. The tag jsonschema of a field holds
// "description=TEXT" (without commas), "required" and "enum=WORD", separated by commas.
// A field is also required where its JSON tag does not omit it. Of panics where
// a kind of type is not known here: which types are described does not depend on data.
func (r *Reflector) Of(t reflect.Type) *Schema {
	if r.Words != nil {
		if words := r.Words(t); words != nil {
			return Enum(words)
		}
	}
	if d, ok := reflect.Zero(t).Interface().(Describer); ok && t.Kind() != reflect.Pointer {
		return d.JSONSchema()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.Of(t.Elem())
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: "integer"}
	case reflect.Float64:
		return &Schema{Type: "number"}
	case reflect.Slice:
		return &Schema{Type: "array", Items: r.Of(t.Elem())}
	case reflect.Map:
		return &Schema{Type: "object", AdditionalProperties: r.Of(t.Elem())}
	case reflect.Struct:
		s := &Schema{Type: "object"}
		if !r.Open {
			s.AdditionalProperties = false
		}
		r.fields(s, t)
		return s
	}
	panic(fmt.Sprintf("no JSON schema for the type %v", t))
}

// fields adds the fields of a struct, with those of structs embedded in it.
func (r *Reflector) fields(s *Schema, t reflect.Type) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			r.fields(s, f.Type)
			continue
		case !f.IsExported() || name == "-":
			continue
		}
		field := r.Of(f.Type)
		required := field.tag(f.Tag.Get("jsonschema"))
		s.Properties = append(s.Properties, Property{name, field})
		if required || options != "omitempty" {
			s.Required = append(s.Required, name)
		}
	}
}

// tag takes what a tag says over a field, and reports whether that is required.
func (s *Schema) tag(text string) (required bool) {
	for word := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "description":
			s.Description = value
		case "required":
			required = true
		case "enum":
			s.Enum = append(s.Enum, value)
		}
	}
	return required
}
