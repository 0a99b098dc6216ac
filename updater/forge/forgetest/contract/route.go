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

// A route is one operation and the addresses that it has.
type route struct {
	*routers.Route
	address *regexp.Regexp
	names   []string
	literal int // how many characters of the address are given
}

// routesOf returns the routes of a description, those first whose addresses say more.
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

// addressOf makes a pattern of a path. A parameter ends at the next slash, but
// for those that GitHub marks x-multi-segment, and "path".
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

// apiPath returns the path of a request below the root of the API; ok is
// whether it is there, and none of the pages, clones, archives or GraphQL.
func apiPath(r *http.Request) (path string, ok bool) {
	path, enterprise := strings.CutPrefix(r.URL.EscapedPath(), "/api/v3/")
	path = "/" + strings.TrimPrefix(path, "/")
	first, _, _ := strings.Cut(path[1:], "/")
	return path, first != "graphql" && (enterprise || slices.Contains([]string{"repos", "orgs", "users", "user", "app", "installation", "rate_limit"}, first))
}

// input describes a request for the validator; nil is that no operation is there.
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

// options say how to check: a status that is not declared fails, and so do
// parameters, but nobody is asked for the credentials.
func options() *openapi3filter.Options {
	o := &openapi3filter.Options{
		IncludeResponseStatus: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	o.WithCustomSchemaErrorFunc(reason)
	return o
}

// reason words what does not fit, without the schema.
func reason(err *openapi3.SchemaError) string {
	text := "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.Reason
	if err.Origin != nil {
		text += ": " + err.Origin.Error()
	}
	return text
}
