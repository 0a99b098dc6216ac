package endoflife

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A DateChange is a date that Refresh changed.
type DateChange struct {
	Product, Line string
	Was, Is       string // dates in the form of the table; "" for none
}

// String returns the change as a line for people.
func (c DateChange) String() string {
	return fmt.Sprintf("%s %s: %s → %s", c.Product, c.Line, cmp.Or(c.Was, "nothing"), cmp.Or(c.Is, "nothing"))
}

// Refresh returns the table with the dates of an API in the form of
// endoflife.date's (its documentation, "GET /api/{product}.json"), and the
// changes. get requests the answer for a product. api is the address of the
// pages for people and becomes the source of changed dates.
//
// If the API says only that a line has ended or not, the line keeps its date,
// unless the two contradict: then the line is removed. Lines older than all of
// the table are not added. The result depends only on the arguments.
func (t *Table) Refresh(ctx context.Context, get func(ctx context.Context, name string) ([]byte, error), api string, today time.Time) (*Table, []DateChange, error) {
	next := &Table{products: slices.Clone(t.products)}
	var changes []DateChange
	for i, p := range next.products {
		if p.Feed == "" {
			continue
		}
		data, err := get(ctx, p.Feed)
		if err != nil {
			return nil, nil, fmt.Errorf("ask for %s: %w", p.Feed, err)
		}
		cycles, err := readCycles(data, p.Date)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", p.Feed, err)
		}
		origin := line{Source: strings.TrimSuffix(api, "/") + "/" + p.Feed, Read: today.Format(time.DateOnly)}
		var found []DateChange
		next.products[i], found = p.refresh(cycles, origin, today)
		changes = append(changes, found...)
	}
	return next, changes, nil
}

// A cycle is a release line in the API.
type cycle struct {
	line  string
	ends  string // a date; "" if it has none
	ended bool   // whether it has ended, if it has no date
}

// readCycles parses an answer. It leaves out lines whose names are no numbers.
func readCycles(data []byte, field string) ([]cycle, error) {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("not a list of cycles: %v", err)
	}
	field = cmp.Or(field, "eol")
	var cycles []cycle
	for _, raw := range list {
		c := cycle{line: strings.Trim(string(raw["cycle"]), `"`)} // some are numbers
		if !lineName.MatchString(c.line) || raw[field] == nil || string(raw[field]) == "null" {
			continue
		}
		if json.Unmarshal(raw[field], &c.ended) == nil {
			cycles = append(cycles, c)
			continue
		}
		if err := json.Unmarshal(raw[field], &c.ends); err != nil {
			return nil, fmt.Errorf("cycle %s: %s is neither a date nor true or false", c.line, field)
		}
		if _, _, err := parseDate(c.ends); err != nil {
			return nil, fmt.Errorf("cycle %s: %v", c.line, err)
		}
		cycles = append(cycles, c)
	}
	slices.SortStableFunc(cycles, func(a, b cycle) int { return compareLines(a.line, b.line) })
	return cycles, nil
}

// refresh updates the lines of a product with the cycles of the API.
func (p product) refresh(cycles []cycle, origin line, today time.Time) (product, []DateChange) {
	lines := slices.Clone(p.Lines)
	var changes []DateChange
	for _, c := range cycles {
		i, found := slices.BinarySearchFunc(lines, c.line, func(l line, name string) int { return compareLines(l.Line, name) })
		if !found {
			if i > 0 && c.ends != "" {
				lines = slices.Insert(lines, i, line{Line: c.line, Ends: c.ends, Source: origin.Source, Read: origin.Read})
				changes = append(changes, DateChange{Product: p.Name, Line: c.line, Is: c.ends})
			}
			continue
		}
		was := lines[i].Ends
		if agree(was, c, today) {
			continue
		}
		lines[i].Ends, lines[i].Source, lines[i].Read = c.ends, origin.Source, origin.Read
		changes = append(changes, DateChange{Product: p.Name, Line: c.line, Was: was, Is: c.ends})
	}
	p.Lines = slices.DeleteFunc(lines, func(l line) bool { return l.Ends == "" })
	return p, changes
}

// agree reports whether a date does not contradict a cycle. A month agrees with
// each of its days.
func agree(date string, c cycle, today time.Time) bool {
	if c.ends != "" {
		return c.ends == date || len(date) == len("2006-01") && strings.HasPrefix(c.ends, date+"-")
	}
	ends, _, err := parseDate(date)
	return err == nil && Entry{Ends: ends}.ended(today) == c.ended
}
