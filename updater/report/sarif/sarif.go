// Package sarif writes findings as SARIF 2.1.0 (OASIS standard, 27 March 2020):
// the parts of it that code scanning reads.
package sarif

import (
	"io"
	"iter"
	"net/url"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Rule is what findings are about.
type Rule struct {
	ID               string   `json:"id"`
	ShortDescription Text     `json:"shortDescription"`
	Full             *Text    `json:"fullDescription,omitempty"`
	Help             *Help    `json:"help,omitempty"`
	HelpURI          string   `json:"helpUri,omitempty"`
	Configuration    Severity `json:"defaultConfiguration"`
}

// The parts of a rule.
type (
	Text struct {
		Text string `json:"text"`
	}
	Help struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	Severity struct {
		Level string `json:"level"` // error, warning or note
	}
)

// A Finding is a result, whatever found it.
type Finding struct {
	Rule    string // the ID of one of the rules
	Level   string // "" means that of the rule
	Message string
	File    string // from the top of the repository, with slashes
	Line    int    // 1-based; less means the first
	ID      string // stable when lines move
	Ignored string // why it does not count; "" if it does
}

// Run is what was looked at with which rules.
type Run struct {
	Version string // of Freshpin
	Rules   []Rule
	Failed  bool // something could not be looked at
}

// Write writes findings one by one, so that a long list is never in memory as a
// whole. Those of unknown rules are left out. Regions contain only lines, because
// our columns count bytes, which SARIF columns cannot.
func Write(w io.Writer, run Run, findings iter.Seq[Finding]) error {
	index := map[string]int{}
	for n, r := range run.Rules {
		index[r.ID] = n
	}
	s := sanitize.NewJSONStream(w)
	s.Raw(`{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":`)
	s.Value(tool{driver{"Freshpin", run.Version, "https://github.com/freshpin/freshpin", run.Rules}})
	s.Raw(`,"invocations":`)
	s.Value([]invocation{{!run.Failed}})
	s.Raw(`,"columnKind":"utf16CodeUnits","results":[`)
	comma := ""
	for f := range findings {
		n, ok := index[f.Rule]
		if !ok {
			continue
		}
		if f.Level == "" {
			f.Level = run.Rules[n].Configuration.Level
		}
		// Findings of unknown rules are left out, so the first one written is not always the first.
		s.Raw(comma)
		s.Value(f.result(n))
		comma = ","
	}
	s.Raw("]}]}")
	return s.Close()
}

func (f Finding) result(index int) result {
	r := result{
		RuleID: f.Rule, RuleIndex: index, Level: f.Level, Message: Text{f.Message},
		Locations:    []location{{physical{artifact{(&url.URL{Path: f.File}).String()}, region{max(f.Line, 1)}}}},
		Fingerprints: map[string]string{"freshpin/v1": f.ID},
	}
	if f.Ignored != "" {
		r.Suppressions = []suppression{{"inSource", f.Ignored}}
	}
	return r
}

type (
	invocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	tool struct {
		Driver driver `json:"driver"`
	}
	driver struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		URI     string `json:"informationUri"`
		Rules   []Rule `json:"rules"`
	}
	result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      Text              `json:"message"`
		Locations    []location        `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`

		Suppressions []suppression `json:"suppressions,omitempty"`
	}
	suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	location struct {
		Physical physical `json:"physicalLocation"`
	}
	physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   region   `json:"region"`
	}
	artifact struct {
		URI string `json:"uri"`
	}
	region struct {
		StartLine int `json:"startLine"`
	}
)
