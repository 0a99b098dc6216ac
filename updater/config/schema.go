package config

import (
	"encoding/json"
	"reflect"

	"github.com/freshpin/freshpin/updater/jsonschema"

	"github.com/freshpin/freshpin/ecosystems"
)

// Schema returns the JSON schema of .freshpin.yaml, which may name the ecosystems known.
func Schema(known ecosystems.Infos) ([]byte, error) {
	r := &jsonschema.Reflector{Words: func(t reflect.Type) []string {
		if t == reflect.TypeFor[Kind]() {
			return known.Names()
		}
		return nil
	}}
	s := r.Of(reflect.TypeFor[File]())
	s.Version = jsonschema.Draft
	s.ID = "https://raw.githubusercontent.com/freshpin/freshpin/main/docs/freshpin.schema.json"
	s.Title = Name
	s.Description = "What Freshpin may do in a repository. All is optional."
	return json.MarshalIndent(s, "", "  ")
}
