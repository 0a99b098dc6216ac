package sanitize

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestJSONIndents holds the lines to those of encoding/json, where nothing has to be escaped.
func TestJSONIndents(t *testing.T) {
	type nothing struct{}
	for _, v := range []any{
		map[string]any{`a"\{[`: []any{}, "b": map[string]any{}, "c": []any{[]any{}, nothing{}, []any{1, "x,y:z"}}},
		[]any{`\"`, `\\`, `"`, `{"a": [1, 2]}`, "[]", "", "a\nb\\", "é <b>&"},
		[]any{[]any{[]any{}}, []any{nil, true, -1.5e30}},
		json.RawMessage("[ 1 , { \"a\" :\n [ ] } ]"), nothing{}, []string(nil), nil, "text", 7, strings.Repeat("long ", 3*chunk),
		make([]int, chunk),
	} {
		var want, got bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		if err := JSON(&got, v); err != nil || got.String() != want.String() {
			t.Errorf("%.200q, want %.200q, %v", got.String(), want.String(), err)
		}
	}
}

// TestJSONStream holds a document that is written in parts to the one that is written at once.
func TestJSONStream(t *testing.T) {
	list := []any{"##[a]", map[string]any{}, []string{"x"}, 1}
	var want, got bytes.Buffer
	if err := JSON(&want, map[string]any{"a": list, "b": []any{}}); err != nil {
		t.Fatal(err)
	}
	s := NewJSONStream(&got)
	s.Raw(`{"a":[`)
	for n, v := range list {
		if n > 0 {
			s.Raw(",")
		}
		s.Value(v)
	}
	s.Raw(`],"b":[]}`)
	if err := s.Close(); err != nil || got.String() != want.String() {
		t.Errorf("%q, want %q, %v", got.String(), want.String(), err)
	}
	if s := NewJSONStream(&got); true {
		s.Value(func() {})
		s.Raw("{}")
		if s.Close() == nil {
			t.Error("a value that JSON cannot say is written")
		}
	}
}
