// Package sarif is the parts of SARIF 2.1.0 that our output uses.
package sarif

// The parts of SARIF 2.1.0 (OASIS standard, 27 March 2020) that the output uses.
type (
	Log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []Run  `json:"runs"`
	}
	Run struct {
		Tool        Tool         `json:"tool"`
		Invocations []Invocation `json:"invocations"`
		ColumnKind  string       `json:"columnKind"`
		Results     []Result     `json:"results"`
	}
	Invocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	Tool struct {
		Driver Driver `json:"driver"`
	}
	Driver struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		URI     string `json:"informationUri"`
		Rules   []Rule `json:"rules"`
	}
	Rule struct {
		ID               string   `json:"id"`
		ShortDescription Text     `json:"shortDescription"`
		Full             *Text    `json:"fullDescription,omitempty"`
		Help             *Help    `json:"help,omitempty"`
		HelpURI          string   `json:"helpUri,omitempty"`
		Configuration    Severity `json:"defaultConfiguration"`
	}
	Help struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	Suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	Severity struct {
		Level string `json:"level"`
	}
	Text struct {
		Text string `json:"text"`
	}
	Result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      Text              `json:"message"`
		Locations    []Location        `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`

		Suppressions []Suppression `json:"suppressions,omitempty"`
	}
	Location struct {
		Physical Physical `json:"physicalLocation"`
	}
	Physical struct {
		Artifact Artifact `json:"artifactLocation"`
		Region   Region   `json:"region"`
	}
	Artifact struct {
		URI string `json:"uri"`
	}
	Region struct {
		StartLine int `json:"startLine"`
	}
)
