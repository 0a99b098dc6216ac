// Package openapi validates the JSON of the service against its own description. It is
// a module of its own, so that what validates stays out of the product's go.mod.
package openapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// TestAPI holds every answer of the JSON to its description, and wants every
// path of the description to be asked for.
func TestAPI(t *testing.T) {
	w := webtest.Neighbours(t, func(o *web.Options) {
		o.Operators = []string{"ada"}
		o.Health = func(context.Context) []web.Problem {
			return []web.Problem{{What: "GitHub", Why: "502", Since: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}}
		}
	})
	w.Door.Lets("ada", nil, nil)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(w.Browser().Get("/api/v1/openapi.json").Text))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for login, b := range map[string]*webtest.Browser{"ada": w.As("ada"), "grace": w.As("grace"), "": w.Browser()} {
		for _, path := range []string{
			"/overview", "/repositories", "/repositories?q=shop&limit=1", "/repositories/acme/shop", "/repositories/acme/shop/pins", "/repositories/acme/shop/pulls",
			"/repositories/acme/shop/runs", "/repositories/acme/shop/trend", "/repositories/evil/secret", "/repositories/acme/nothing", "/runs", "/packages",
			"/packages/dockerfile/docker.io/library/python", "/who?q=python", "/who?q=GHSA-5ec7-5ec7-5ec7", "/who", "/jobs", "/health", "/openapi.json",
			"/vulnerable", "/vulnerable?severity=high&dismissed=false", "/vulnerable?q=shop", "/pulls", "/pulls?waits_for=merge", "/runs/1", "/runs/2", "/runs/77",
		} {
			answer := b.Get("/api/v1" + path)
			req := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/api/v1" + strings.Split(path, "?")[0]}, Header: http.Header{}}
			if at, query, ok := strings.Cut(path, "?"); ok {
				req.URL = &url.URL{Path: "/api/v1" + at, RawQuery: query}
			}
			route, params, err := router.FindRoute(req)
			if err != nil {
				if !strings.HasPrefix(path, "/packages/") { // a package's name has slashes, which the router does not match
					t.Errorf("%s: %v", path, err)
				}
				continue
			}
			asked[route.Path] = true
			input := &openapi3filter.ResponseValidationInput{
				RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
				Status:                 answer.StatusCode, Header: answer.Header,
				Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
			}
			input.SetBodyBytes([]byte(answer.Text))
			if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
				t.Errorf("%q asks for %s: %d: %v", login, path, answer.StatusCode, err)
			}
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		if !asked[path] && !slices.Contains([]string{"/packages/{ecosystem}/{package}"}, path) {
			t.Errorf("nothing asks for %s", path)
		}
	}
}
