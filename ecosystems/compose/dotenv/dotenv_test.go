package dotenv

import (
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// Module ../testdata/against proves that compose-go gives the same values. It
// also compares both on generated templates and .env files.
func TestInterpolation(t *testing.T) {
	data, err := os.ReadFile("testdata/interpolation.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows struct {
		Variables string
		Templates []struct {
			Text, Value string
			Refused     bool
		}
	}
	if err := json.Unmarshal(data, &rows); err != nil || len(rows.Templates) == 0 {
		t.Fatalf("%d templates: %v", len(rows.Templates), err)
	}
	env := Read(fstest.MapFS{".env": {Data: []byte(rows.Variables)}}, ".env")
	for _, row := range rows.Templates {
		text, err := env.Interpolate(imagepin.Text{{Text: row.Text, File: "f"}}, &imagepin.Source{}, 0)
		switch {
		case row.Refused && err == nil && text.Unknown() == "": // ${X?message} has the message
			t.Errorf("Interpolate(%q) = %q, want an error", row.Text, text.String())
		case !row.Refused && (err != nil || text.String() != row.Value):
			t.Errorf("Interpolate(%q) = %q, %v; want %q", row.Text, text.String(), err, row.Value)
		}
	}
}
