package contract

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

// TestExchanges shows what a check is given of a request and its answer. What it
// makes of them is tested in testdata/checker.
func TestExchanges(t *testing.T) {
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string // "PATH REQUEST STATUS KIND ANSWER"; "" for no check
	}{
		{"GET", "/repos/a/b/git/ref/heads%2Fx?y=z", "", 200, "/repos/a/b/git/ref/heads%2Fx  200 text/x answer"},
		{"POST", "/api/v3/repos/a/b/pulls", `{"title":"x"}`, 422, `/repos/a/b/pulls {"title":"x"} 422 text/x answer`},
		{"POST", "/repos/a/b/pulls", `{}`, 0, `/repos/a/b/pulls {} 0  `},
		{"POST", "/graphql", `{"query":""}`, 200, ` {"query":""} 200 text/x answer`},
		{"POST", "/api/graphql", `{}`, 200, ` {} 200 text/x answer`},
		{"GET", "/graphql", "", 200, ""},
		{"GET", "/acme/shop/pull/1", "", 200, ""},
		{"POST", "/acme/shop.git/git-upload-pack", "x", 200, ""},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			got := ""
			d := New(nil, func(x exchange.Exchange) (exchange.Proof, error) {
				if x.Method != test.method || x.URL != test.path || x.Header.Get("Accept") != "a/b" {
					t.Errorf("request %s %s %v", x.Method, x.URL, x.Header)
				}
				status, _ := json.Marshal(x.Status)
				got = strings.Join([]string{x.Path, string(x.Body), string(status), x.AnswerHeader.Get("Content-Type"), string(x.Answer)}, " ")
				return exchange.Proof{}, nil
			})
			answer := send(t, d.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, err := io.ReadAll(r.Body); err != nil || string(body) != test.body {
					t.Errorf("the server gets %q, %v", body, err)
				}
				if test.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Content-Type", "text/x")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, "answer")
			})), test.method, test.path, test.body)
			if got != test.want {
				t.Errorf("checked %q, want %q", got, test.want)
			}
			if test.status != 0 && answer.Body.String() != "answer" {
				t.Errorf("the client gets %q", answer.Body)
			}
		})
	}
}

// TestVerdicts: violations count once, and what cannot be checked is one.
func TestVerdicts(t *testing.T) {
	verdicts := []exchange.Proof{{Violations: []string{"one", "two"}}, {Operation: "GET /b"}, {Violations: []string{"two", "three"}, Operation: "GET /b"}}
	d := New([]string{"GET /a", "GET /b"}, func(exchange.Exchange) (exchange.Proof, error) {
		if len(verdicts) == 0 {
			return exchange.Proof{}, errors.New("gone")
		}
		v := verdicts[0]
		verdicts = verdicts[1:]
		return v, nil
	})
	r := d.Record(http.NotFoundHandler())
	for range 4 {
		send(t, r, "GET", "/repos/a/b", "")
	}
	if diff := cmp.Diff([]string{"one", "two", "three", "GET /repos/a/b: it could not be checked: gone"}, r.Violations()); diff != "" {
		t.Error(diff)
	}
	if got := r.Unseen(); !slices.Equal(got, []string{"GET /a"}) {
		t.Errorf("unseen %q", got)
	}
}

func send(t *testing.T, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	req.Header.Set("Accept", "a/b")
	answer := httptest.NewRecorder()
	defer func() {
		if cut := recover(); cut != nil && cut != http.ErrAbortHandler {
			panic(cut)
		}
	}()
	h.ServeHTTP(answer, req)
	return answer
}

// TestProcess talks to a program, which is this test's own.
func TestProcess(t *testing.T) {
	t.Setenv(asProgram, "1")
	d, err := Start(os.Args[0], "echo")
	if err != nil {
		t.Fatal(err)
	}
	r := d.Record(http.NotFoundHandler())
	for _, path := range []string{"/repos/a/b", "/repos/a/c"} {
		send(t, r, "POST", path, "body")
	}
	if diff := cmp.Diff([]string{"POST /repos/a/b: body 404", "POST /repos/a/c: body 404"}, r.Violations()); diff != "" {
		t.Error(diff)
	}
	if got := r.Unseen(); !slices.Equal(got, []string{"GET /x"}) {
		t.Errorf("unseen %q", got)
	}
	send(t, r, "POST", "/repos/end", "")
	if got := r.Violations(); !strings.Contains(got[len(got)-1], "could not be checked") {
		t.Errorf("after the end of the program: %q", got)
	}
	for arg, want := range map[string]string{"refuse": "no description", "silent": "EOF"} {
		if _, err := Start(os.Args[0], arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
	if _, err := Start("testdata/nothing"); err == nil {
		t.Error("a program that is not there starts")
	}
}

// asProgram makes this test the program that checks.
const asProgram = "FRESHPIN_TEST_CHECKER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	switch os.Args[1] {
	case "refuse":
		_ = out.Encode(exchange.Hello{Error: "no description"})
	case "echo":
		_ = out.Encode(exchange.Hello{Operations: []string{"GET /x"}})
		for {
			var x exchange.Exchange
			if err := in.Decode(&x); err != nil || x.URL == "/repos/end" {
				return
			}
			status, _ := json.Marshal(x.Status)
			_ = out.Encode(exchange.Proof{Violations: []string{x.Method + " " + x.URL + ": " + string(x.Body) + " " + string(status)}})
		}
	}
}
