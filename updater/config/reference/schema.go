package reference

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/value"
)

// Schema returns the JSON schema of .freshpin.yaml. known are the ecosystems that it may name.
func Schema(known ecosystems.Infos) ([]byte, error) {
	r := &jsonschema.Reflector{ExpandedStruct: true, DoNotReference: true}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t == reflect.TypeFor[value.Kind]() {
			return value.Enum(known.Names())
		}
		return nil
	}
	s := r.Reflect(&config.File{})
	s.ID = "https://raw.githubusercontent.com/freshpin/freshpin/main/docs/freshpin.schema.json"
	s.Title = config.Name
	s.Description = "What Freshpin may do in a repository. All is optional."
	return json.MarshalIndent(s, "", "  ")
}
