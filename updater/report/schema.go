package report

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON schema of the output of JSON.
func Schema() ([]byte, error) { return SchemaOf(&Document{}, "outdated") }

// SchemaOf returns the JSON schema of the document that a command prints.
func SchemaOf(document any, command string) ([]byte, error) {
	r := &jsonschema.Reflector{ExpandedStruct: true, DoNotReference: true, AllowAdditionalProperties: true}
	s := r.Reflect(document)
	s.ID = jsonschema.ID("https://github.com/freshpin/freshpin/" + command + ".schema.json")
	s.Title = "freshpin " + command + " --format json"
	return json.MarshalIndent(s, "", "  ")
}
