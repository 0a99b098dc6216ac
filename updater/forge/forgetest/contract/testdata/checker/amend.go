package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// amend corrects errors in the schemas of the description.
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

// amendProperties declares fields that GitHub sends but does not describe: the
// status in every error, and the parent of a team, which may be null.
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

// amendAccount allows the account of an installation to be either a user or an
// enterprise. The description requires both.
func amendAccount(schema map[string]any) {
	parts, ok := schema["allOf"].([]any)
	if ok && len(parts) == 2 && at(parts[0], "title") == "Simple User" && at(parts[1], "title") == "Enterprise" {
		schema["anyOf"] = parts
		delete(schema, "allOf")
	}
}

// undeclared are the statuses that GitHub sends for any request, often without
// declaring them: missing permission, not found, moved or not modified, rate
// limited, unavailable.
//
// See https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
var undeclared = []int{
	http.StatusMovedPermanently, http.StatusNotModified, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
}

// lenient reports whether an undeclared answer is allowed.
func (c *check) lenient(input *openapi3filter.RequestValidationInput) bool {
	if c.Status == http.StatusNotModified {
		return true
	}
	declared := input.Route.Operation.Responses.Status(c.Status) != nil
	if !declared && (c.Status >= 500 || slices.Contains(undeclared, c.Status)) {
		return true
	}
	kind, _, _ := strings.Cut(c.AnswerHeader.Get("Content-Type"), ";")
	form, custom := strings.CutPrefix(kind, "application/vnd.github.") // raw, sha, diff: the requested media type
	return c.Status == http.StatusOK && custom && strings.Contains(c.Header.Get("Accept"), "."+strings.TrimSuffix(form, "+json"))
}

// exceptional reports whether GitHub accepts a request that its description forbids.
func exceptional(input *openapi3filter.RequestValidationInput, body []byte) bool {
	switch input.Route.Operation.OperationID {
	case "issues/add-labels", "issues/set-labels": // the text of the description allows a bare list
		var labels []string
		return json.Unmarshal(body, &labels) == nil
	case "apps/create-installation-access-token": // clients send null for an empty body
		return strings.TrimSpace(string(body)) == "null"
	case "repos/get-content": // the root has an empty path
		return input.PathParams["path"] == ""
	}
	return false
}
