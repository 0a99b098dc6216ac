package report

import (
	"encoding/json"
	"reflect"

	"github.com/freshpin/freshpin/updater/jsonschema"
)

// Schema returns the JSON schema of the output of JSON.
func Schema() ([]byte, error) { return schemaOf(reflect.TypeFor[Document](), "outdated") }

// CheckSchema returns the JSON schema of the output of Checklist.JSON.
func CheckSchema() ([]byte, error) { return schemaOf(reflect.TypeFor[CheckDocument](), "check") }

func schemaOf(document reflect.Type, command string) ([]byte, error) {
	s := (&jsonschema.Reflector{Open: true}).Of(document)
	s.Version = jsonschema.Draft
	s.ID = "https://github.com/freshpin/freshpin/" + command + ".schema.json"
	s.Title = "freshpin " + command + " --format json"
	return json.MarshalIndent(s, "", "  ")
}
