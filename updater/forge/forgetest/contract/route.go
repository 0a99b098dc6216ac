package contract

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
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

var parameter = lazyregexp.New(`\{([^{}]+)\}`)

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

// apiPath returns the path of a request below the root of the API; ok is false for
// pages, clones, archives and GraphQL.
func apiPath(r *http.Request) (path string, ok bool) {
	path, enterprise := strings.CutPrefix(r.URL.EscapedPath(), "/api/v3/")
	path = "/" + strings.TrimPrefix(path, "/")
	first, _, _ := strings.Cut(path[1:], "/")
	return path, first != "graphql" && (enterprise || slices.Contains([]string{"repos", "orgs", "users", "user", "app", "installation", "rate_limit"}, first))
}

// input returns a request as input for the validator; nil if no operation matches.
func (d *Description) input(r *http.Request, path string, body []byte) *openapi3filter.RequestValidationInput {
	for _, known := range d.routes {
		found := known.address.FindStringSubmatch(path)
		if known.Method != r.Method || found == nil {
			continue
		}
		values := map[string]string{}
		for i, name := range known.names {
			value, err := url.PathUnescape(found[i+1])
			if err != nil {
				return nil
			}
			values[name] = value
		}
		copied := r.Clone(r.Context())
		copied.Body = io.NopCloser(bytes.NewReader(body))
		return &openapi3filter.RequestValidationInput{Request: copied, PathParams: values, Route: known.Route, Options: options()}
	}
	return nil
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
