package config

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON schema of .freshpin.yaml.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{ExpandedStruct: true, DoNotReference: true}
	s := r.Reflect(&File{})
	s.ID = "https://github.com/freshpin/freshpin/freshpin.schema.json"
	s.Title = Name
	s.Description = "What Freshpin may do in a repository. All is optional."
	return json.MarshalIndent(s, "", "  ")
}
