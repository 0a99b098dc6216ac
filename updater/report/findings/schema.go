package findings

import (
	"github.com/freshpin/freshpin/updater/report"
)

// Schema returns the JSON schema of the output of Checklist.JSON.
func Schema() ([]byte, error) { return report.SchemaOf(&Document{}, "check") }
