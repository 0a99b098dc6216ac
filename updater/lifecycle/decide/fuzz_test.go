package decide

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/message/markers"
)

// FuzzMark reads what stands in a body that anybody may have edited, and finds
// again what we wrote ourselves.
func FuzzMark(f *testing.F) {
	for _, body := range []string{"", "<!-- freshpin:state -->", "<!-- freshpin:state x -->", markers.Embed(Metadata{Group: "dockerfile"}.Encode()), "text\r\n" + markers.Embed("H4sIAAAA")} {
		f.Add(body, "Dockerfile#dockerfile:x#1", "1.2.3")
	}
	f.Fuzz(func(t *testing.T, body, id, to string) {
		if m, ok := decode(body); ok && m.Group == "" {
			t.Errorf("%q is a mark of no group", body)
		}
		want := Metadata{Group: "dockerfile", Fingerprint: "f", Head: "h", Pairs: []Pair{{valid(id), valid(to)}}}
		got, ok := decode("before " + markers.Embed("no mark") + "\n" + markers.Embed(want.Encode()))
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Error(diff)
		}
	})
}

// valid is a text as JSON keeps it.
func valid(s string) string { return string([]rune(s)) }

// FuzzMemory reads a document that anybody with write access may have edited.
func FuzzMemory(f *testing.F) {
	for _, text := range []string{"", "{}", `{"schema":1,"open":{"a":1},"refused":[{"id":"a","to":"b","number":1,"how":"closed"}]}`, `{"schema":1,"verdict":{"x":null},"seen":null}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMemory(data)
		if err != nil {
			return
		}
		again, err := ParseMemory(m.Document())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(m.Document()), string(again.Document())); diff != "" {
			t.Error(diff)
		}
	})
}
