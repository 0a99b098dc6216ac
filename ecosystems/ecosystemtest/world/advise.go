package world

import (
	"encoding/json"
	"fmt"
	"strings"
)

// advise adds an advisory from its ID, ecosystem:package, and key=value words. In the name of an ecosystem "_" means a space.
func (w *World) advise(words []string) error {
	if len(words) < 2 || !strings.Contains(words[1], ":") {
		return fmt.Errorf("an advisory needs a name and ecosystem:package, not %q", words)
	}
	w.advised = true
	at := strings.LastIndexByte(words[1], ':') // "Debian:12:openssl"
	ecosystem, name := strings.ReplaceAll(words[1][:at], "_", " "), words[1][at+1:]
	record := map[string]any{"id": words[0], "modified": "2026-01-02T03:04:05Z", "published": "2026-01-01T00:00:00Z"}
	events := []map[string]string{}
	affected := map[string]any{"package": map[string]string{"ecosystem": ecosystem, "name": name}}
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "introduced", "fixed", "last_affected":
			events = append(events, map[string]string{key: value})
		case "aliases":
			record[key] = strings.Split(value, ",")
		case "summary":
			record[key] = strings.ReplaceAll(value, "_", " ")
		case "severity":
			record["database_specific"] = map[string]string{key: value}
		case "withdrawn":
			record[key] = value
		case "imports":
			affected["ecosystem_specific"] = map[string]any{key: []map[string]any{{"path": value}}}
		default:
			return fmt.Errorf("%q says nothing about an advisory", word)
		}
	}
	kind := "ECOSYSTEM"
	if ecosystem == "Go" {
		kind = "SEMVER"
	}
	affected["ranges"] = []map[string]any{{"type": kind, "events": events}}
	record["affected"] = []any{affected}
	data, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return w.Advisories.Add(data)
}
