package contract

import (
	"encoding/json"
	"fmt"
	"strings"
)

// trim returns the description with nothing in it but the operations and what
// they refer to: a twentieth of the whole, which takes seconds to load.
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

// at walks down the objects of a document.
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

// components collects what is referred to.
type components struct {
	doc, kept map[string]any
}

// follow keeps everything that v refers to, and what that refers to.
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
				delete(v, key) // a field of that name is below "properties": see names
				continue
			}
			if err := c.follow(names(key, each)); err != nil {
				return err
			}
		}
	}
	return nil
}

// names returns the schemas below "properties" as a list, as their names mean
// nothing, and anything else as it is.
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

// keep keeps "#/components/KIND/NAME".
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

// closeObjects forbids fields that are not declared, which OpenAPI allows: a
// field with a typing error in its name would pass otherwise. What is one of
// the parts of an "allOf" stays open, as its other fields are in other parts.
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
