package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// A route is one operation with the pattern of its paths.
type route struct {
	*routers.Route
	address *regexp.Regexp
	names   []string
	literal int // number of literal characters in the pattern
}

// routesOf returns the routes of a description, the most specific first.
func routesOf(doc *openapi3.T) []route {
	var all []route
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			address, names, literal := addressOf(path, append(item.Parameters, operation.Parameters...))
			all = append(all, route{
				Route:   &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation},
				address: address, names: names, literal: literal,
			})
		}
	}
	slices.SortFunc(all, func(a, b route) int {
		return cmp.Or(cmp.Compare(b.literal, a.literal), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all
}

var parameter = regexp.MustCompile(`\{([^{}]+)\}`)

// addressOf converts a path to a pattern. A parameter ends at the next slash, except
// for "path" and those that GitHub marks x-multi-segment.
func addressOf(path string, parameters openapi3.Parameters) (pattern *regexp.Regexp, names []string, literal int) {
	text, from := "^", 0
	for _, at := range parameter.FindAllStringSubmatchIndex(path, -1) {
		name := path[at[2]:at[3]]
		text += regexp.QuoteMeta(path[from:at[0]])
		literal += at[0] - from
		part := "([^/]+)"
		if many(parameters.GetByInAndName(openapi3.ParameterInPath, name)) {
			part = "(.*)"
		}
		text, names, from = text+part, append(names, name), at[1]
	}
	literal += len(path) - from
	return regexp.MustCompile(text + regexp.QuoteMeta(path[from:]) + "$"), names, literal
}

func many(p *openapi3.Parameter) bool {
	return p != nil && (p.Extensions["x-multi-segment"] == true || p.Name == "path" || p.Name == "ref" || p.Name == "basehead")
}

// options returns the options of the validator: undeclared statuses and parameters
// are violations, and credentials are not checked.
func options() *openapi3filter.Options {
	o := &openapi3filter.Options{
		IncludeResponseStatus: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	o.WithCustomSchemaErrorFunc(reason)
	return o
}

// reason describes a violation without printing the schema.
func reason(err *openapi3.SchemaError) string {
	text := "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
	if err.Origin != nil {
		text += ": " + err.Origin.Error()
	}
	return text
}
