package database

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/store"
)

// FuzzStored reads what stands in a column of JSON, which an older or a newer
// version, or a person, may have written: it is read, or an error of one line.
func FuzzStored(f *testing.F) {
	for _, text := range []string{"", "null", "[]", `["a"]`, `{"pins":3,"libyears":0.5}`, `[{"id":"GHSA-x","aliases":null}]`, `{"pins":"x"}`, `{"id":"a","status":"held","target":{"version":"1"},"why":["a"],"advisories":[{"id":"GHSA-x","aliases":null}]}`, "[[[", "\xff", "1e999", strings.Repeat("[", 20_000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var totals store.Totals
		var pin store.Pin
		var texts []string
		for _, into := range []any{&totals, &pin, &texts} {
			for _, v := range []any{data, string(data)} {
				if err := (fromJSON{into}).Scan(v); err != nil && strings.Contains(err.Error(), "\n") {
					t.Errorf("%q: %q", data, err)
				}
			}
		}
		again := []string{}
		if err := (fromJSON{&again}).Scan(ListJSON(texts)); err != nil || len(again) != len(texts) {
			t.Errorf("%q becomes %q: %v", texts, again, err)
		}
	})
}

// TestHostileColumns: what a database hands over in a strange type is an error, not a panic.
func TestHostileColumns(t *testing.T) {
	for _, v := range []any{nil, 1, 1.5, true, struct{}{}, []int{1}, "x", []byte("x"), "{", []byte{0xff}} {
		if err := (fromJSON{new([]string)}).Scan(v); err == nil {
			t.Errorf("JSON of %T %v is read", v, v)
		}
	}
	for _, v := range []any{nil, "1", 1.5, []byte("1"), true} {
		if err := (moment{}).Scan(v); err == nil {
			t.Errorf("a time of %T %v is read", v, v)
		}
	}
}
