package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

// A description is GitHub's description of the used operations.
type description struct {
	operations []string
	routes     []route
	schema     func() (*ast.Schema, error) // of GraphQL; parsed on first use; nil to check none
}

// parse parses a description, which must have all operations.
func parse(data []byte, operations []string) (*description, error) {
	data, err := trim(data, operations)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("the description of GitHub's API: %w", err)
	}
	return &description{operations: operations, routes: routesOf(doc)}, nil
}

// A check is the checking of one exchange.
type check struct {
	*description
	exchange.Exchange
	verdict exchange.Proof
}

func (d *description) check(x exchange.Exchange) exchange.Proof {
	c := &check{description: d, Exchange: x}
	if x.Path == "" {
		if c.schema != nil {
			c.graphql()
		}
		return c.verdict
	}
	input, err := c.input()
	if err != nil {
		c.violation("the request", err)
		return c.verdict
	}
	c.request(input)
	c.answer(input)
	return c.verdict
}

// request checks a request. A request that the server rejects as invalid is not a violation.
func (c *check) request(input *openapi3filter.RequestValidationInput) {
	if input == nil || c.Status == http.StatusBadRequest || c.Status == http.StatusUnprocessableEntity || exceptional(input, c.Body) {
		return
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		c.violation("the request", err)
	}
}

// answer checks an answer.
func (c *check) answer(input *openapi3filter.RequestValidationInput) {
	if c.Status == 0 {
		return
	}
	what := fmt.Sprintf("the answer %d", c.Status)
	if input == nil {
		if c.Status < 400 {
			c.violation(what, errors.New("no operation in use is at this address"))
		}
		return
	}
	if c.Status < 400 {
		c.verdict.Operation = input.Route.Method + " " + input.Route.Path
	}
	if c.lenient(input) {
		return
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: c.Status, Header: c.AnswerHeader,
		Body: io.NopCloser(bytes.NewReader(c.Answer)), Options: input.Options,
	})
	if err != nil {
		c.violation(what, err)
	}
}

// violation adds a violation.
func (c *check) violation(what string, err error) {
	text := fmt.Sprintf("%s %s: %s: %s", c.Method, c.URL, what, strings.Join(strings.Fields(err.Error()), " "))
	if !slices.Contains(c.verdict.Violations, text) {
		c.verdict.Violations = append(c.verdict.Violations, text)
	}
}

// input returns a request as input for the validator; nil if no operation matches.
func (c *check) input() (*openapi3filter.RequestValidationInput, error) {
	address, err := url.ParseRequestURI(c.URL)
	if err != nil {
		return nil, err
	}
	for _, known := range c.routes {
		found := known.address.FindStringSubmatch(c.Path)
		if known.Method != c.Method || found == nil {
			continue
		}
		values := map[string]string{}
		for i, name := range known.names {
			value, err := url.PathUnescape(found[i+1])
			if err != nil {
				return nil, nil
			}
			values[name] = value
		}
		req := &http.Request{Method: c.Method, URL: address, Header: c.Header, Body: io.NopCloser(bytes.NewReader(c.Body))}
		return &openapi3filter.RequestValidationInput{Request: req, PathParams: values, Route: known.Route, Options: options()}, nil
	}
	return nil, nil
}
