package report_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/findings"
)

// TestChecklistSchemas validates the JSON of a checklist against our schema. testdata/standard validates its SARIF.
func TestChecklistSchemas(t *testing.T) {
	c := &findings.Checklist{
		Files: 2, Version: "1", Rules: []check.Rule{{ID: "no-version", Title: "t", Level: check.Must, Mode: check.Default, Why: "w.", Source: "https://x"}, {ID: "latest", Title: "u", Level: check.Should}},
		Findings: []check.Finding{
			{Rule: "no-version", Level: check.Must, Mode: check.Default, Line: 3, Stage: "b", Text: "x\x1b", Hint: "h", Fix: &check.Fix{Kind: check.All, Text: "y", Edits: []ecosystems.Edit{{}}}, ID: "a no-version - x"},
			{Rule: "latest", Level: check.Should, Mode: check.Information, Line: 4, Text: "i", ID: "a latest - x"},
		},
		Ignored: []check.Finding{{Rule: "latest", Level: check.Should, Mode: check.Default, Line: 5, Text: "j", Ignored: "# freshpin: ignore latest", ID: "a latest - y"}},
	}
	text, err := findings.Schema()
	if err != nil {
		t.Fatal(err)
	}
	var json, sarif bytes.Buffer
	if err := errors.Join(c.JSON(&json), c.SARIF(&sarif)); err != nil {
		t.Fatal(err)
	}
	instance, _ := jsonschema.UnmarshalJSON(&json)
	if err := report.Compiled(t, text).Validate(instance); err != nil {
		t.Errorf("JSON against its schema: %v", err)
	}
	report.Golden(t, "checklist.sarif", sarif.String())
}
