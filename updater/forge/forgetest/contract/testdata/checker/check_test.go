package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

// small is a description with the oddities of the real one.
const small = `{
"openapi": "3.0.3", "info": {"title": "t", "version": "1"},
"paths": {
 "/repos/{owner}/{repo}/git/ref/{ref}": {"get": {"operationId": "git/get-ref",
  "parameters": [{"$ref": "#/components/parameters/owner"}, {"$ref": "#/components/parameters/repo"},
   {"name": "ref", "in": "path", "required": true, "x-multi-segment": true, "schema": {"type": "string"}}],
  "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/git-ref"}, "examples": {"x": {"$ref": "#/components/examples/nowhere"}}}}}}}},
 "/repos/{owner}/{repo}/git/refs": {"post": {"operationId": "git/create-ref",
  "parameters": [{"$ref": "#/components/parameters/owner"}, {"$ref": "#/components/parameters/repo"}],
  "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["ref", "sha"],
   "properties": {"ref": {"type": "string"}, "sha": {"type": "string"}}}}}},
  "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/git-ref"}}}},
   "422": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/validation-error"}}}}}}},
 "/repos/{owner}/{repo}/issues/{issue_number}/labels": {"post": {"operationId": "issues/add-labels",
  "parameters": [{"$ref": "#/components/parameters/owner"}, {"$ref": "#/components/parameters/repo"},
   {"name": "issue_number", "in": "path", "required": true, "schema": {"type": "integer"}}],
  "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"labels": {"type": "array", "items": {"type": "string"}}}}}}},
  "responses": {"200": {"description": ""}}}},
 "/repos/{owner}/{repo}/pulls": {"get": {"operationId": "pulls/list",
  "parameters": [{"$ref": "#/components/parameters/owner"}, {"$ref": "#/components/parameters/repo"},
   {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed", "all"]}}],
  "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"allOf": [
   {"type": "object", "properties": {"id": {"type": "integer"}}}, {"type": "object", "properties": {"title": {"type": "string"}}}]}}}}}}}},
 "/unused": {"get": {"operationId": "unused", "responses": {"200": {"$ref": "#/components/responses/nowhere"}}}}
},
"components": {
 "parameters": {
  "owner": {"name": "owner", "in": "path", "required": true, "schema": {"type": "string"}},
  "repo": {"name": "repo", "in": "path", "required": true, "schema": {"type": "string"}}},
 "schemas": {
  "git-ref": {"type": "object", "required": ["ref"], "properties": {"ref": {"type": "string"}, "example": {"$ref": "#/components/schemas/inner"}}},
  "inner": {"type": "object", "properties": {"properties": {"type": "string", "nullable": true}}},
  "validation-error": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}, "documentation_url": {"type": "string"}}}}
}}`

var smallOperations = []string{
	"GET /repos/{owner}/{repo}/git/ref/{ref}", "POST /repos/{owner}/{repo}/git/refs",
	"POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "GET /repos/{owner}/{repo}/pulls",
}

func TestExchanges(t *testing.T) {
	d, err := parse([]byte(small), smallOperations)
	if err != nil {
		t.Fatal(err)
	}
	const ok, missing = "", "no operation in use is at this address"
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		answer                   string
		want                     string // a part of the one violation, "" for none
	}{
		{"a name with slashes", "GET", "/repos/a/b/git/ref/heads/x/y", "", 200, `{"ref":"x"}`, ok},
		{"a name with escapes", "GET", "/repos/a/b/git/ref/heads%2Fx%2520", "", 200, `{"ref":"x"}`, ok},
		{"GitHub Enterprise", "GET", "/api/v3/repos/a/b/git/ref/x", "", 200, `{"ref":1}`, "/ref: "},
		{"a field that is missing", "GET", "/repos/a/b/git/ref/x", "", 200, `{}`, `"ref" is missing`},
		{"a field that is not declared", "GET", "/repos/a/b/git/ref/x", "", 200, `{"ref":"x","reff":1}`, `"reff" is unsupported`},
		{"a field with the name of a keyword", "GET", "/repos/a/b/git/ref/x", "", 200, `{"ref":"x","example":{"properties":null}}`, ok},
		{"and what is in it", "GET", "/repos/a/b/git/ref/x", "", 200, `{"ref":"x","example":{"x":null}}`, `"x" is unsupported`},
		{"no JSON", "GET", "/repos/a/b/git/ref/x", "", 200, `<html>`, "the answer 200"},
		{"an undeclared status", "GET", "/repos/a/b/git/ref/x", "", 202, `{}`, "the answer 202"},
		{"a well-known status", "GET", "/repos/a/b/git/ref/x", "", 404, `{"message":"Not Found"}`, ok},
		{"moved", "GET", "/repos/a/b/git/ref/x", "", 301, `{}`, ok},
		{"not changed", "GET", "/repos/a/b/git/ref/x", "", 304, ``, ok},
		{"down", "GET", "/repos/a/b/git/ref/x", "", 502, `<html>`, ok},
		{"a request out of the description", "POST", "/repos/a/b/git/refs", `{"ref":"x"}`, 201, `{"ref":"x"}`, "the request: "},
		{"with a field too many", "POST", "/repos/a/b/git/refs", `{"ref":"x","sha":"y","force":true}`, 201, `{"ref":"x"}`, `"force" is unsupported`},
		{"without a body", "POST", "/repos/a/b/git/refs", ``, 201, `{"ref":"x"}`, "the request: "},
		{"that is refused", "POST", "/repos/a/b/git/refs", `{"ref":"x"}`, 422, `{"message":"no","status":"422"}`, ok},
		{"that is refused in other words", "POST", "/repos/a/b/git/refs", `{}`, 422, `{"msg":"no"}`, "the answer 422"},
		{"and cut off", "POST", "/repos/a/b/git/refs", `{"ref":1,"sha":"y"}`, 0, ``, "the request: "},
		{"cut off", "POST", "/repos/a/b/git/refs", `{"ref":"x","sha":"y"}`, 0, ``, ok},
		{"a bare list of labels", "POST", "/repos/a/b/issues/1/labels", `["x"]`, 200, ``, ok},
		{"a bare list of numbers", "POST", "/repos/a/b/issues/1/labels", `[1]`, 200, ``, "the request: "},
		{"no number", "POST", "/repos/a/b/issues/one/labels", `["x"]`, 404, ``, ok},
		{"a value that is not one of the list", "GET", "/repos/a/b/pulls?state=merged", "", 200, `[]`, "the request: "},
		{"parts of an object", "GET", "/repos/a/b/pulls?state=all", "", 200, `[{"id":1,"title":"x"}]`, ok},
		{"an address that is not in use", "GET", "/repos/a/b/hooks", "", 200, `[]`, missing},
		{"another method", "PUT", "/repos/a/b/pulls", "", 200, `[]`, missing},
		{"what is not there", "GET", "/repos/a/b/hooks", "", 404, `{}`, ok},
		{"a page", "GET", "/acme/shop/pull/1", "", 200, `<html>`, ok},
		{"GraphQL", "POST", "/graphql", "{}", 200, `{}`, ok},
		{"an archive", "GET", "/codeload/a/b/legacy.tar.gz/x", "", 200, `x`, ok},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := recorded(d, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.answer))
			}))
			send(t, r, test.method, test.path, test.body)
			got := r.Violations()
			if len(got) > 1 || (len(got) == 1) != (test.want != "") || len(got) == 1 && !strings.Contains(got[0], test.want) {
				t.Errorf("violations %q, want %q", got, test.want)
			}
		})
	}
}

// TestForms lets those forms of an answer through that were asked for.
func TestForms(t *testing.T) {
	d, err := parse([]byte(small), smallOperations)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		accept, kind string
		ok           bool
	}{
		{"application/vnd.github.raw+json", "application/vnd.github.raw+json; charset=utf-8", true},
		{"application/vnd.github.v3.raw", "application/vnd.github.raw", true},
		{"application/vnd.github.v3.sha", "application/vnd.github.sha; charset=utf-8", true},
		{"application/vnd.github+json", "application/vnd.github.raw+json", false},
		{"application/vnd.github.raw", "text/html", false},
		{"", "", false},
	} {
		r := recorded(d, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.kind)
			_, _ = w.Write([]byte("FROM python\n"))
		}))
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/repos/a/b/git/ref/x", nil)
		req.Header.Set("Accept", test.accept)
		r.ServeHTTP(httptest.NewRecorder(), req)
		if got := r.Violations(); (len(got) == 0) != test.ok {
			t.Errorf("%s for %s: %q", test.kind, test.accept, got)
		}
	}
}

func TestUnseen(t *testing.T) {
	d, err := parse([]byte(small), smallOperations[:2])
	if err != nil {
		t.Fatal(err)
	}
	status := http.StatusNotFound
	r := recorded(d, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	send(t, r, "GET", "/repos/a/b/git/ref/x", "")
	if got := r.Unseen(); len(got) != 2 {
		t.Errorf("unseen after an error: %q", got)
	}
	status = http.StatusMovedPermanently
	send(t, r, "GET", "/repos/a/b/git/ref/x", "")
	if got := r.Unseen(); len(got) != 1 || got[0] != smallOperations[1] {
		t.Errorf("unseen: %q", got)
	}
}

// recorded returns a recorder of what a handler answers, which checks here.
func recorded(d *description, next http.Handler) *contract.Recorder {
	return contract.New(d.operations, func(x exchange.Exchange) (exchange.Proof, error) { return d.check(x), nil }).Record(next)
}

// send sends one request and takes what comes.
func send(t *testing.T, h http.Handler, method, path, body string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	defer func() {
		if cut := recover(); cut != nil && cut != http.ErrAbortHandler {
			panic(cut)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), req)
}

// TestParse refuses what is no description of the operations.
func TestParse(t *testing.T) {
	for _, test := range []struct{ name, data, operation, want string }{
		{"no JSON", "<html>", smallOperations[0], "invalid character"},
		{"nothing in it", "{}", smallOperations[0], "has no GET /repos/{owner}/{repo}/git/ref/{ref}"},
		{"another method", small, "PUT /unused", "has no PUT /unused"},
		{"a reference to nothing", small, "GET /unused", `lacks "#/components/responses/nowhere"`},
		{"a reference to elsewhere", strings.Replace(small, "#/components/responses/nowhere", "https://example.com/x", 1), "GET /unused", "refers to"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse([]byte(test.data), []string{test.operation})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestTrim leaves nothing behind that is not in use.
func TestTrim(t *testing.T) {
	data, err := trim([]byte(small), smallOperations[1:2])
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) != 1 || len(doc.Components.Schemas) != 3 || strings.Contains(string(data), "nowhere") {
		t.Errorf("what is left: %s", data)
	}
}

// TestAmend holds what is corrected, and what is not.
func TestAmend(t *testing.T) {
	for _, test := range []struct{ name, schema, want string }{
		{"an installation's account", `{"allOf":[{"title":"Simple User"},{"title":"Enterprise"}]}`, `{"anyOf":[{"title":"Simple User"},{"title":"Enterprise"}]}`},
		{"other parts", `{"allOf":[{"title":"Simple User"},{"title":"Team"}]}`, `{"allOf":[{"title":"Simple User"},{"title":"Team"}]}`},
		{"a status that is declared", `{"properties":{"documentation_url":{},"message":{},"status":{"type":"string"}}}`, `{"properties":{"documentation_url":{},"message":{},"status":{"type":"string"}}}`},
		{"properties of that name", `{"properties":{"properties":{"type":"string"},"title":{"type":"string"}}}`, `{"properties":{"properties":{"type":"string"},"title":{"type":"string"}}}`},
		{"a team in a list", `[{"title":"Team Simple","properties":{}}]`, `[{"properties":{"parent":{"nullable":true}},"title":"Team Simple"}]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var v any
			if err := json.Unmarshal([]byte(test.schema), &v); err != nil {
				t.Fatal(err)
			}
			amend(v)
			if got, err := json.Marshal(v); err != nil || string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
