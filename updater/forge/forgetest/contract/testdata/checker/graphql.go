package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// schemaOf returns a function that parses a schema on its first call, since that is slow.
func schemaOf(text string) func() (*ast.Schema, error) {
	return sync.OnceValues(func() (*ast.Schema, error) {
		doc, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "schema.graphql", Input: text})
		if err != nil {
			return nil, err
		}
		for _, d := range doc.Definitions {
			once(d)
		}
		return validator.ValidateSchemaDocument(doc)
	})
}

// once drops duplicate fields of a type, such as repositoryDeployKeySetting in
// GitHub's EnterpriseOwnerInfo.
func once(d *ast.Definition) {
	seen := map[string]bool{}
	d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool {
		twice := seen[f.Name]
		seen[f.Name] = true
		return twice
	})
}

// graphql checks a query against the schema, and its answer against both.
func (c *check) graphql() {
	question, err := c.question()
	if err != nil {
		c.violation("the question", err)
	}
	if question == nil || c.Status != http.StatusOK {
		return
	}
	schema, _ := c.schema() // no error: the query was validated with it
	for _, err := range checkAnswer(schema, question, c.Answer) {
		c.violation("the answer", err)
	}
}

// question parses a query and validates it by GraphQL's rules, including types.
func (c *check) question() (*ast.OperationDefinition, error) {
	schema, err := c.schema()
	if err != nil {
		return nil, err
	}
	var in struct{ Query string }
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return nil, err
	}
	doc, wrong := gqlparser.LoadQueryWithRules(schema, in.Query, rules.NewDefaultRules())
	if len(wrong) > 0 {
		return nil, wrong
	}
	if len(doc.Operations) != 1 {
		return nil, errors.New("it has not exactly one operation")
	}
	return doc.Operations[0], nil
}

// checkAnswer checks an answer against its query: the answer must have exactly the
// queried fields, with the right types, and null only if the type or an error in the
// answer allows it.
func checkAnswer(schema *ast.Schema, question *ast.OperationDefinition, body []byte) []error {
	var out struct {
		Data   map[string]any
		Errors []struct{ Path []any }
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return []error{err}
	}
	c := &answerCheck{schema: schema}
	for _, e := range out.Errors {
		c.excused = append(c.excused, fmt.Sprint(e.Path...))
	}
	if out.Data != nil {
		c.object(question.SelectionSet, out.Data, nil)
	}
	return c.wrong
}

type answerCheck struct {
	schema  *ast.Schema
	excused []string // paths of errors
	wrong   []error
}

func (c *answerCheck) say(path []any, form string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf("%s: %s", strings.Join(strings.Fields(fmt.Sprintln(path...)), "."), fmt.Sprintf(form, args...)))
}

func (c *answerCheck) object(set ast.SelectionSet, have map[string]any, path []any) {
	asked := fieldsOf(set)
	for name := range have {
		if asked[name] == nil {
			c.say(append(path, name), "the query does not select it")
		}
	}
	for name, field := range asked {
		at := append(slices.Clone(path), name)
		value, there := have[name]
		if !there {
			c.say(at, "it is missing")
			continue
		}
		c.value(field, field.Definition.Type, value, at)
	}
}

func fieldsOf(set ast.SelectionSet) map[string]*ast.Field {
	all := map[string]*ast.Field{}
	for _, s := range set {
		inner := ast.SelectionSet(nil)
		switch s := s.(type) {
		case *ast.Field:
			all[s.Alias] = s
		case *ast.FragmentSpread:
			inner = s.Definition.SelectionSet
		case *ast.InlineFragment:
			inner = s.SelectionSet
		}
		for name, f := range fieldsOf(inner) {
			all[name] = f
		}
	}
	return all
}

func (c *answerCheck) value(field *ast.Field, t *ast.Type, value any, path []any) {
	list, isList := value.([]any)
	object, isObject := value.(map[string]any)
	switch {
	case value == nil:
		if t.NonNull && !slices.Contains(c.excused, fmt.Sprint(path...)) {
			c.say(path, "it may not be null")
		}
	case t.Elem != nil != isList:
		c.say(path, "it is not %s", t)
	case isList:
		for n, v := range list {
			c.value(field, t.Elem, v, append(slices.Clone(path), n))
		}
	case len(field.SelectionSet) > 0 != isObject:
		c.say(path, "it is not %s", t)
	case isObject:
		c.object(field.SelectionSet, object, path)
	default:
		c.scalar(t, value, path)
	}
}

func (c *answerCheck) scalar(t *ast.Type, value any, path []any) {
	_, isText := value.(string)
	_, isNumber := value.(float64)
	_, isTruth := value.(bool)
	switch t.NamedType {
	case "Int", "Float":
		if !isNumber {
			c.say(path, "%v is not a number", value)
		}
	case "Boolean":
		if !isTruth {
			c.say(path, "%v is not true or false", value)
		}
	default: // IDs, dates and other texts
		if !isText {
			c.say(path, "%v is not a text", value)
		} else if d := c.schema.Types[t.NamedType]; d != nil && d.Kind == ast.Enum && d.EnumValues.ForName(value.(string)) == nil {
			c.say(path, "%v is none of %s", value, t.NamedType)
		}
	}
}
