package pypi

import (
	"net/http"
	"strings"
	"testing"
)

// TestHostilePage checks that hostile pages never result in an empty list.
func TestHostilePage(t *testing.T) {
	for name, body := range map[string]string{
		"millions of files":     `{"name":"x","files":[` + strings.Repeat("{},", 1_000_000) + `{}]}`,
		"deep":                  `{"files":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"cut off":               `{"name":"x","files":[{"filename":"x-1.0.tar.gz"`,
		"files of another kind": `{"name":"x","files":{"a":1}}`,
		"another project":       `{"name":"y","files":[]}`,
		"no files":              `{"name":"x"}`,
		"an array":              `[]`,
		"more behind the end":   `{"name":"x","files":[]}{}`,
		"nothing":               ``,
	} {
		p, err := parsePage("x", []byte(body), http.Header{"Content-Type": {"application/json"}})
		if err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
