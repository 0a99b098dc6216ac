package main

import (
	"net/http"
	"strings"
	"testing"
)

const smallSchema = `
type Query { repository(owner: String!, name: String!): Repository }
type Repository { pullRequest(number: Int!): PullRequest, names: [String!]! }
type PullRequest { number: Int!, mergeable: State!, draft: Boolean!, rollup: Rollup }
type Rollup { state: State! }
enum State { GOOD BAD }
type Twice { one: Int, one: Int }`

func TestGraphQL(t *testing.T) {
	d, err := parse([]byte(small), smallOperations)
	if err != nil {
		t.Fatal(err)
	}
	d.schema = schemaOf(smallSchema)
	const (
		question = `query($o: String!) { repository(owner: $o, name: \"b\") { names one: pullRequest(number: 1) { ...f } } } fragment f on PullRequest { number mergeable draft rollup { state } }`
		good     = `"number":1,"mergeable":"GOOD","draft":false`
		ok       = ""
	)
	whole := func(one string) string {
		return `{"data":{"repository":{"names":["x"],"one":{` + one + `}}}}`
	}
	for _, test := range []struct{ name, question, answer, want string }{
		{"right", question, whole(good + `,"rollup":{"state":"BAD"}`), ok},
		{"null where that may be", question, whole(good + `,"rollup":null`), ok},
		{"nothing but errors", question, `{"data":null,"errors":[{"message":"x"}]}`, ok},
		{"null with an error beside it", question, `{"data":{"repository":{"names":null,"one":null}},"errors":[{"path":["repository","names"]}]}`, ok},
		{"null with another error", question, `{"data":{"repository":{"names":null,"one":null}},"errors":[{"path":["repository","one"]}]}`, "repository.names: it may not be null"},
		{"a field that the schema has not", `{ repository(owner: \"a\", name: \"b\") { stars } }`, `{}`, `Cannot query field`},
		{"an argument that is missing", `{ repository(owner: \"a\") { names } }`, `{}`, "argument"},
		{"an argument of another type", `{ repository(owner: \"a\", name: \"b\") { pullRequest(number: \"1\") { number } } }`, `{}`, "Int"},
		{"two operations", `query a { repository(owner: \"a\", name: \"b\") { names } } query b { repository(owner: \"a\", name: \"b\") { names } }`, `{}`, "one operation"},
		{"a field that is not selected", question, whole(good + `,"rollup":null,"title":"x"`), "repository.one.title: the query does not select it"},
		{"what is missing", question, whole(good), "repository.one.rollup: it is missing"},
		{"a word that is none", question, whole(`"number":1,"mergeable":"UGLY","draft":false,"rollup":null`), "UGLY is none of State"},
		{"a text for a number", question, whole(`"number":"1","mergeable":"GOOD","draft":false,"rollup":null`), "not a number"},
		{"a number for a truth", question, whole(`"number":1,"mergeable":"GOOD","draft":0,"rollup":null`), "not true or false"},
		{"a text for an object", question, whole(good + `,"rollup":"BAD"`), "it is not Rollup"},
		{"an object for a list", question, `{"data":{"repository":{"names":{},"one":null}}}`, "it is not [String!]!"},
		{"a null in a list", question, `{"data":{"repository":{"names":[null],"one":null}}}`, "repository.names.0: it may not be null"},
		{"no JSON", question, `<html>`, "invalid character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := recorded(d, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(test.answer)) }))
			send(t, r, "POST", "/graphql", `{"query":"`+test.question+`"}`)
			got := r.Violations()
			if len(got) > 1 || (len(got) == 1) != (test.want != "") || len(got) == 1 && !strings.Contains(got[0], test.want) {
				t.Errorf("violations %q, want %q", got, test.want)
			}
		})
	}
}
