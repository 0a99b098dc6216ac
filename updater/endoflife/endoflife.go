// Package endoflife knows when release lines of well-known software stop getting
// fixes, and which lines an image or a package belongs to.
//
// The dates are in table.json, each with its source and the date of reading.
// Refresh renews them, which the command freshpin-endoflife calls. The package
// does no network requests. It says nothing about lines that are not in the table.
package endoflife

import (
	_ "embed" // table.json
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Entry is the end of one line of a product.
type Entry struct {
	Product string    // "debian"
	Title   string    // of the product, as people write it: "Debian"
	Line    string    // "11"
	Name    string    // of the line: "bullseye"; "" if it has none
	Ends    time.Time // the last day with fixes, in UTC
	Month   bool      // only the month is known; Ends is its last day
	Source  string    // the address of the source; "" if the operator gave none
	Read    time.Time // when the source was read; zero if unknown
}

// ended reports whether the last day with fixes is over.
func (e Entry) ended(now time.Time) bool { return !now.Before(e.Ends.AddDate(0, 0, 1)) }

// Note returns one line about the end of fixes, and whether it has passed:
// "Python 3.6 has had no fixes since 2021-12-23 (https://…)".
func (e Entry) Note(now time.Time) (text string, ended bool) {
	what := e.Title + " " + e.Line
	if e.Name != "" {
		what += " (" + e.Name + ")"
	}
	where := ""
	if e.Source != "" {
		where = " (" + e.Source + ")"
	}
	if e.ended(now) {
		return fmt.Sprintf("%s has had no fixes since %s%s", what, e.date(), where), true
	}
	return fmt.Sprintf("%s gets fixes until %s%s", what, e.date(), where), false
}

// date returns the end as a day, or as a month if only that is known.
func (e Entry) date() string {
	if e.Month {
		return e.Ends.Format("2006-01")
	}
	return e.Ends.Format(time.DateOnly)
}

// A Table holds the ends of release lines. It is immutable.
type Table struct {
	products []product // in order of their names
}

//go:embed table.json
var bundled []byte

// Bundled returns the table that comes with the program.
func Bundled() *Table {
	t, err := Read(bundled)
	if err != nil {
		panic(err) // impossible: a test reads the same file
	}
	return t
}

// With returns a table with the lines of both; those of other replace those of
// t. A line of other without a date removes the line.
func (t *Table) With(other *Table) *Table {
	sum := &Table{products: slices.Clone(t.products)}
	for _, p := range other.products {
		i, found := sum.index(p.Name)
		if !found {
			sum.products = slices.Insert(sum.products, i, product{Name: p.Name, Feed: p.Feed, Date: p.Date}.with(p))
			continue
		}
		sum.products[i] = sum.products[i].with(p)
	}
	return sum
}

// Entries returns all ends, in order of product and line.
func (t *Table) Entries() []Entry {
	var list []Entry
	for _, p := range t.products {
		for _, l := range p.Lines {
			if e, ok := p.entry(l); ok {
				list = append(list, e)
			}
		}
	}
	return list
}

func (t *Table) index(name string) (int, bool) {
	return slices.BinarySearchFunc(t.products, name, func(p product, name string) int { return strings.Compare(p.Name, name) })
}

// of returns the entry of the line that a version of a product belongs to: the
// longest line that is a prefix of the version, by components.
func (t *Table) of(name, version string) (Entry, bool) {
	i, found := t.index(name)
	if !found || version == "" {
		return Entry{}, false
	}
	p := t.products[i]
	// The lines are sorted, so a longer prefix comes after a shorter one.
	for _, l := range slices.Backward(p.Lines) {
		if version == l.Line || strings.HasPrefix(version, l.Line+".") {
			return p.entry(l)
		}
	}
	return Entry{}, false
}

// called returns the entry of the line with a codename, such as a release of Debian.
func (t *Table) called(product, name string) (Entry, bool) {
	i, found := t.index(product)
	if !found || name == "" {
		return Entry{}, false
	}
	for _, l := range t.products[i].Lines {
		if l.Name == name {
			return t.products[i].entry(l)
		}
	}
	return Entry{}, false
}

// compareLines orders lines by numbers: "3.9" before "3.10".
func compareLines(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		m, errA := strconv.Atoi(as[i])
		n, errB := strconv.Atoi(bs[i])
		c := strings.Compare(as[i], bs[i])
		if errA == nil && errB == nil {
			c = m - n
		}
		if c != 0 {
			return c
		}
	}
	return len(as) - len(bs)
}
