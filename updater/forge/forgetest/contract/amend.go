package contract

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// amend corrects what is wrong with the schemas of the description.
func amend(v any) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			amend(each)
		}
	case map[string]any:
		amendProperties(v)
		amendAccount(v)
		for key, each := range v {
			amend(names(key, each))
		}
	}
}

// amendProperties declares the fields that GitHub sends and its description
// forgets: the status in every error, and the parent of a team, null or not.
func amendProperties(schema map[string]any) {
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return
	}
	declare := func(name string) {
		if properties[name] == nil {
			properties[name] = map[string]any{"nullable": true}
		}
	}
	if properties["message"] != nil && properties["documentation_url"] != nil {
		declare("status")
	}
	if schema["title"] == "Team Simple" {
		declare("parent")
	}
}

// amendAccount lets the account of an installation be a user or an enterprise,
// where the description wants it to be both.
func amendAccount(schema map[string]any) {
	parts, ok := schema["allOf"].([]any)
	if ok && len(parts) == 2 && at(parts[0], "title") == "Simple User" && at(parts[1], "title") == "Enterprise" {
		schema["anyOf"] = parts
		delete(schema, "allOf")
	}
}

// undeclared are the answers that GitHub gives to any request, and often does
// not declare: who asks may not, what is asked for is not there, moved or not
// changed, too much is asked for, or it is down.
//
// See https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
var undeclared = []int{
	http.StatusMovedPermanently, http.StatusNotModified, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
}

// lenient reports whether an answer passes although it is not declared.
func lenient(input *openapi3filter.RequestValidationInput, answer *tee) bool {
	if answer.status == http.StatusNotModified {
		return true
	}
	declared := input.Route.Operation.Responses.Status(answer.status) != nil
	if !declared && (answer.status >= 500 || slices.Contains(undeclared, answer.status)) {
		return true
	}
	kind, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
	form, custom := strings.CutPrefix(kind, "application/vnd.github.") // raw, sha, diff: what was asked for
	return answer.status == http.StatusOK && custom && strings.Contains(input.Request.Header.Get("Accept"), "."+strings.TrimSuffix(form, "+json"))
}

// exceptional reports whether GitHub takes a request although its description does not.
func exceptional(input *openapi3filter.RequestValidationInput, body []byte) bool {
	switch input.Route.Operation.OperationID {
	case "issues/add-labels", "issues/set-labels": // the text of the description says that a bare list will do
		var labels []string
		return json.Unmarshal(body, &labels) == nil
	case "apps/create-installation-access-token": // a client writes null for no wishes
		return strings.TrimSpace(string(body)) == "null"
	case "repos/get-content": // the root has no path
		return input.PathParams["path"] == ""
	}
	return false
}
