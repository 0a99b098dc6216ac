package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// trim reduces the description to the operations and the components they refer to.
// That is a twentieth of the whole, which takes seconds to load.
func trim(data []byte, operations []string) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("the description of GitHub's API: %w", err)
	}
	paths := map[string]any{}
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		item, _ := at(doc, "paths", path).(map[string]any)
		op, ok := item[strings.ToLower(method)]
		if !ok {
			return nil, fmt.Errorf("the description of GitHub's API has no %s", operation)
		}
		kept, ok := paths[path].(map[string]any)
		if !ok {
			kept = map[string]any{}
			paths[path] = kept
		}
		kept[strings.ToLower(method)] = op
	}
	used := components{doc: doc, kept: map[string]any{}}
	if err := used.follow(paths); err != nil {
		return nil, err
	}
	for _, part := range []any{paths, used.kept} {
		amend(part)
		closeObjects(part, false)
	}
	return json.Marshal(map[string]any{"openapi": doc["openapi"], "info": doc["info"], "paths": paths, "components": used.kept})
}

// at returns the value at a path of keys in a document.
func at(v any, keys ...string) any {
	for _, key := range keys {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[key]
	}
	return v
}

// components collects the referenced components.
type components struct {
	doc, kept map[string]any
}

// follow keeps all components that v refers to, recursively.
func (c *components) follow(v any) error {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			if err := c.follow(each); err != nil {
				return err
			}
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return c.keep(ref)
		}
		for key, each := range v {
			if key == "example" || key == "examples" {
				delete(v, key) // safe: a schema's field of that name is below "properties", see names
				continue
			}
			if err := c.follow(names(key, each)); err != nil {
				return err
			}
		}
	}
	return nil
}

// names returns the schemas below "properties" as a list, because their keys are not
// keywords, and any other value unchanged.
func names(key string, v any) any {
	properties, ok := v.(map[string]any)
	if key != "properties" || !ok {
		return v
	}
	list := make([]any, 0, len(properties))
	for _, schema := range properties {
		list = append(list, schema)
	}
	return list
}

// keep keeps the component "#/components/KIND/NAME".
func (c *components) keep(ref string) error {
	parts := strings.Split(ref, "/")
	if len(parts) != 4 || parts[0] != "#" || parts[1] != "components" {
		return fmt.Errorf("the description of GitHub's API refers to %q", ref)
	}
	kind, name := parts[2], parts[3]
	if at(c.kept, kind, name) != nil {
		return nil
	}
	v := at(c.doc, "components", kind, name)
	if v == nil {
		return fmt.Errorf("the description of GitHub's API lacks %q", ref)
	}
	if c.kept[kind] == nil {
		c.kept[kind] = map[string]any{}
	}
	c.kept[kind].(map[string]any)[name] = v
	return c.follow(v)
}

// closeObjects forbids undeclared fields, which OpenAPI allows by default, so that a
// misspelt field is a violation. The parts of an "allOf" stay open, since each
// declares only some of the fields.
func closeObjects(v any, open bool) {
	switch v := v.(type) {
	case []any:
		for _, each := range v {
			closeObjects(each, open)
		}
	case map[string]any:
		_, says := v["additionalProperties"]
		_, parts := v["allOf"]
		if properties, ok := v["properties"].(map[string]any); ok && !says && !parts && !open && len(properties) > 0 {
			v["additionalProperties"] = false
		}
		for key, each := range v {
			if key == "properties" {
				closeObjects(names(key, each), false)
				continue
			}
			closeObjects(each, key == "allOf" || key == "anyOf" || key == "oneOf")
		}
	}
}
