package github

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

const (
	getState = "GET /repos/acme/shop/git/ref/freshpin/state"
	contents = "GET /repos/acme/shop/contents/state.json"
	patchSta = "PATCH /repos/acme/shop/git/refs/freshpin/state"
)

func contentAnswer(text string) answer {
	data := base64.StdEncoding.EncodeToString([]byte(text))
	return answer{body: fmt.Sprintf(`{"type":"file","encoding":"base64","content":%q,"sha":%q,"size":%d}`, data+"\n", gittree.BlobHash([]byte(text)), len(text))}
}

func TestRecall(t *testing.T) {
	large := fmt.Sprintf(`{"type":"file","encoding":"none","content":"","sha":%q,"size":2000000}`, gittree.BlobHash([]byte("large")))
	blob := "GET /repos/acme/shop/git/blobs/" + gittree.BlobHash([]byte("large"))
	for _, tt := range []struct {
		name    string
		answers map[string][]answer
		data    string
		version string
		err     string
	}{
		{"nothing", nil, "", "", ""},
		{"a server that does not take the ref", map[string][]answer{contents: {{status: 404}, contentAnswer("x")}, getState: {{body: `{"ref":"refs/freshpin/state","object":{"sha":"` + other + `"}}`}}}, "x", gittree.BlobHash([]byte("x")), ""},
		{"an empty ref", map[string][]answer{getState: {{body: `{"ref":"refs/freshpin/state","object":{"sha":"` + other + `"}}`}}}, "", "", ""},
		{"a document", map[string][]answer{contents: {contentAnswer(`{"schema":1}`)}}, `{"schema":1}`, gittree.BlobHash([]byte(`{"schema":1}`)), ""},
		{"an empty one", map[string][]answer{contents: {contentAnswer("")}}, "", gittree.EmptyBlob, ""},
		{"a large one", map[string][]answer{contents: {{body: large}}, blob: {blobAnswer([]byte("large"))}}, "large", gittree.BlobHash([]byte("large")), ""},
		{"a spoilt one", map[string][]answer{contents: {{body: strings.Replace(contentAnswer("x").body, gittree.BlobHash([]byte("x")), gittree.EmptyBlob, 1)}}}, "", "", "another file"},
		{"a large one that is empty", map[string][]answer{contents: {{body: `{"encoding":"none","sha":"` + gittree.EmptyBlob + `"}`}}}, "", gittree.EmptyBlob, ""},
		{"no content", map[string][]answer{contents: {{body: `{"encoding":"base64","sha":"` + gittree.EmptyBlob + `"}`}}}, "", "", "no content"},
		{"a folder of that name", map[string][]answer{contents: {{body: "[]"}}}, "", "", "cannot unmarshal"},
		{"trouble", map[string][]answer{contents: {{status: 500}}}, "", "", "500"},
	} {
		f, _, _ := testForge(t, newFake(t, tt.answers).URL, nil)
		data, version, err := f.Recall(t.Context(), "acme/shop")
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
		if err == nil && (string(data) != tt.data || version != tt.version || data == nil != (version == "")) {
			t.Errorf("%s: %q %s, want %q %s", tt.name, data, version, tt.data, tt.version)
		}
	}
}

func TestRemember(t *testing.T) {
	at := func(sha string) answer {
		return answer{body: fmt.Sprintf(`{"ref":"refs/freshpin/state","object":{"sha":%q}}`, sha)}
	}
	none := answer{status: 404}
	v1 := gittree.BlobHash([]byte("one"))
	write := []string{getState, contents, trees, commits, patchSta}
	first := []string{trees, commits, refs}
	taken := []answer{{status: 422, body: exists}} // another run was faster
	notForward := answer{status: 422, body: `{"message":"Update is not a fast forward"}`}
	for _, tt := range []struct {
		name     string
		version  string
		answers  map[string][]answer
		want     []string
		conflict bool
	}{
		{"the first", "", map[string][]answer{getState: {none}}, first, false},
		{"the next", v1, map[string][]answer{getState: {at(other)}, contents: {contentAnswer("one")}}, write, false},
		{"another run wrote the first", "", map[string][]answer{getState: {at(other)}, contents: {contentAnswer("theirs")}, refs: taken}, append(first, getState, getState, contents), true},
		{"another run wrote the same first", "", map[string][]answer{getState: {at(other)}, contents: {contentAnswer("two")}, refs: taken}, append(first, getState, getState, contents), false},
		{"another run wrote before", v1, map[string][]answer{getState: {at(other)}, contents: {contentAnswer("theirs")}}, []string{getState, contents}, true},
		{"another run writes meanwhile", v1, map[string][]answer{getState: {at(other)}, contents: {contentAnswer("one")}, patchSta: {notForward}}, write, true},
		{"the ref was deleted", v1, map[string][]answer{getState: {none}}, []string{getState}, true},
		{"the document was deleted", "", map[string][]answer{getState: {at(other)}, contents: {none}, refs: taken}, append(append(first, getState), write...), false},
		{"written already", v1, map[string][]answer{getState: {at(other)}, contents: {contentAnswer("two")}}, []string{getState, contents}, false},
		{"lost: the answer of the first", "", map[string][]answer{getState: {at(ourHead)}, refs: {{drop: true}}}, append(first, getState), false},
		{"lost: the first itself", "", map[string][]answer{getState: {none}, refs: {{drop: true}, {status: 201}}}, append(first, getState, refs), false},
		{"lost: the answer of the next", v1, map[string][]answer{getState: {at(other)}, contents: {contentAnswer("one")}, patchSta: {{drop: true}, {body: "{}"}}}, append(write, patchSta), false},
	} {
		answers := normal()
		answers[patchSta] = []answer{{body: "{}"}}
		for k, v := range tt.answers {
			answers[k] = v
		}
		server := newFake(t, answers)
		f, _, _ := testForge(t, server.URL, nil)
		err := f.Remember(t.Context(), "acme/shop", []byte("two"), tt.version)
		if errors.Is(err, forge.ErrConflict) != tt.conflict || !tt.conflict && err != nil {
			t.Errorf("%s: %v, want a conflict: %v", tt.name, err, tt.conflict)
		}
		if diff := cmp.Diff(tt.want, server.requests()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		for n, r := range server.requests() {
			if r == patchSta && !strings.Contains(server.bodies[n], `"force":false`) {
				t.Errorf("%s: %s", tt.name, server.bodies[n])
			}
		}
	}
}
