package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with a receiver is said with its line and without its secrets.
func TestNotify(t *testing.T) {
	const good = "  - {name: a, kind: webhook, url: 'https://h.example/x', secret: 0123456789abcdef}\n"
	for text, want := range map[string]string{
		good: "",
		"  - {name: a, kind: slack, url_file: /run/x, events: [vulnerable, pull-red, unwell], digest: '08:00'}\n": "",
		"  - {name: a, kind: matrix, url: 'https://m.example', room: '!x:m.example', secret_file: /run/x}\n":      "",
		"  - {kind: slack, url: 'https://h.example'}\n":                                                           "no name",
		good + good: "there twice",
		"  - {name: a, url: 'https://h.example'}\n":                                                               "has no kind",
		"  - {name: a, kind: mail, url: 'https://h.example'}\n":                                                   "webhook, slack, matrix",
		"  - {name: a, kind: slack}\n":                                                                            "url or url_file",
		"  - {name: a, kind: slack, url: 'https://h.example', url_file: x}\n":                                     "url or url_file",
		"  - {name: a, kind: webhook, url: 'https://h.example'}\n":                                                "secret or secret_file",
		"  - {name: a, kind: webhook, url: 'https://h.example', secret: hunter2hunter2hunter2, secret_file: x}\n": "both secret and secret_file",
		"  - {name: a, kind: matrix, url: 'https://h.example', secret: hunter2hunter2hunter2}\n":                  "room",
		"  - {name: a, kind: slack, url: 'https://h.example', room: '!x:y'}\n":                                    "room",
		"  - {name: a, kind: slack, url: 'https://h.example', events: [everything]}\n":                            "everything",
		"  - {name: a, kind: slack, url: 'https://h.example', digest: 8 o'clock}\n":                               "time of day",
		"  - {name: a, kind: slack, url: 'https://h.example', colour: red}\n":                                     "colour",
	} {
		file := filepath.Join(t.TempDir(), "operator.yaml")
		if err := os.WriteFile(file, []byte("mode: observe\nnotify:\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, errs := LoadOperator(file, nil)
		if len(errs) == 0 {
			errs = o.CheckService()
		}
		var said []string
		for _, err := range errs {
			said = append(said, err.Error())
		}
		got := strings.Join(said, "\n")
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "hunter2") || want != "" && !strings.Contains(got, "operator.yaml:") {
			t.Errorf("%s says %q, want %q", text, got, want)
		}
	}
}
