package report

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON schema of what JSON prints.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{ExpandedStruct: true, DoNotReference: true, AllowAdditionalProperties: true}
	s := r.Reflect(&Document{})
	s.ID = "https://github.com/freshpin/freshpin/outdated.schema.json"
	s.Title = "freshpin outdated --format json"
	return json.MarshalIndent(s, "", "  ")
}
