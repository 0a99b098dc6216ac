// Package osvserver simulates a service with the API of OSV
// (https://google.github.io/osv.dev/api/): POST /v1/querybatch, in pages, and
// GET /v1/vulns/{id}.
//
// It returns all advisories about a package and ignores the version: the client
// has to decide which versions are affected.
package osvserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Server serves advisories. The zero Server has none.
type Server struct {
	PageSize int // most advisories for one query in a page; 0 means all
	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	records  map[string]json.RawMessage
	about    map[string][]entry // by ecosystem and package
	requests map[string]int     // by path
}

// An entry is an advisory in the answer to a batch.
type entry struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

// Add adds a record in the OSV format.
func (s *Server) Add(record []byte) error {
	var r struct {
		entry
		Affected []struct {
			Package struct{ Ecosystem, Name string }
		}
	}
	if err := json.Unmarshal(record, &r); err != nil || r.ID == "" {
		return fmt.Errorf("not an advisory: %.60q: %w", record, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records, s.about, s.requests = map[string]json.RawMessage{}, map[string][]entry{}, map[string]int{}
	}
	s.records[r.ID] = record
	seen := map[string]bool{}
	for _, a := range r.Affected {
		if key := keyOf(a.Package.Ecosystem, a.Package.Name); !seen[key] {
			seen[key] = true
			s.about[key] = append(s.about[key], r.entry)
		}
	}
	return nil
}

func keyOf(ecosystem, name string) string {
	if ecosystem == "PyPI" {
		name = strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
	}
	return ecosystem + "\n" + name
}

// Requests returns the number of requests for each path since its last call.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{}
	for path, n := range s.requests {
		counts[path] = n
	}
	s.requests = map[string]int{}
	return counts
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests == nil {
		s.requests = map[string]int{}
	}
	s.requests[r.URL.Path]++
	switch id, one := strings.CutPrefix(r.URL.Path, "/v1/vulns/"); {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/querybatch":
		s.batch(w, r)
	case one && s.records[id] != nil:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.records[id])
	default:
		http.Error(w, `{"code":5,"message":"Bug not found."}`, http.StatusNotFound)
	}
}

// A result is the answer to one query of a batch.
type result struct {
	Vulns []entry `json:"vulns,omitempty"`
	Next  string  `json:"next_page_token,omitempty"`
}

func (s *Server) batch(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Queries []struct {
			Package struct{ Ecosystem, Name string }
			Version string
			Page    string `json:"page_token"`
		}
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 8<<20)).Decode(&asked)
	if err != nil || len(asked.Queries) == 0 || len(asked.Queries) > 1000 {
		http.Error(w, `{"code":3,"message":"Too many queries, or none."}`, http.StatusBadRequest)
		return
	}
	answer := struct {
		Results []result `json:"results"`
	}{}
	for _, q := range asked.Queries {
		list := s.about[keyOf(q.Package.Ecosystem, q.Package.Name)]
		// The first page has no token.
		from, _ := strconv.Atoi(q.Page)
		one := result{Vulns: list[min(from, len(list)):]}
		if s.PageSize > 0 && len(one.Vulns) > s.PageSize {
			one.Vulns, one.Next = one.Vulns[:s.PageSize], strconv.Itoa(from+s.PageSize)
		}
		answer.Results = append(answer.Results, one)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // fails only if the client has disconnected
}
