package endoflife

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A product is software with release lines, as in the file.
type product struct {
	Name   string `json:"name"`
	Title  string `json:"title,omitempty"`  // "" means Name
	Source string `json:"source,omitempty"` // the address of the source of its dates
	Read   string `json:"read,omitempty"`   // when the source was read
	Feed   string `json:"feed,omitempty"`   // its name in the API that Refresh requests; "" for none
	Date   string `json:"date,omitempty"`   // the field of the API; "" means "eol"
	Lines  []line `json:"lines"`
}

// A line is a release line of a product.
type line struct {
	Line   string `json:"line"`
	Name   string `json:"name,omitempty"`
	Ends   string `json:"ends,omitempty"`   // "2021-12-23", or "2021-12" if the day is unknown; "" removes the line
	Source string `json:"source,omitempty"` // "" means that of the product
	Read   string `json:"read,omitempty"`
}

var (
	productName = lazyregexp.New(`^[a-z][a-z0-9-]*$`)
	lineName    = lazyregexp.New(`^[0-9]+(\.[0-9]+)*$`)
	codeName    = lazyregexp.New(`^[a-z]+$`)
)

// plain reports whether a title has at most 60 characters, all of them letters, digits, spaces or " .+_-".
func plain(title string) bool {
	return utf8.RuneCountInString(title) <= 60 && !strings.ContainsFunc(title, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N) && !strings.ContainsRune(" .+_-", r)
	})
}

// Read parses a table, such as the operator's. A line without a date removes that
// line from the table that With is called on:
//
//	{"products": [{"name": "python", "lines": [{"line": "3.6", "ends": "2028-06-30"}, {"line": "3.7"}]}]}
func Read(data []byte) (*Table, error) {
	var file struct {
		Products []product `json:"products"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&file)
	if err == nil {
		// Decode stops at the end of the first value.
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("something follows its end")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read ends of lines: %v", err)
	}
	t := &Table{products: file.Products}
	slices.SortStableFunc(t.products, func(a, b product) int { return strings.Compare(a.Name, b.Name) })
	for i := range t.products {
		if i > 0 && t.products[i-1].Name == t.products[i].Name {
			return nil, fmt.Errorf("%s: the product stands there twice", t.products[i].Name)
		}
		if err := t.products[i].check(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// check sorts the lines and returns an error if the product is not valid.
func (p product) check() error {
	if !productName.MatchString(p.Name) {
		return fmt.Errorf("product %q: a name is of a-z, 0-9 and -", p.Name)
	}
	if !plain(p.Title) {
		return fmt.Errorf("%s: title %q is not plain and short", p.Name, p.Title)
	}
	if err := checkOrigin(p.Source, p.Read); err != nil {
		return fmt.Errorf("%s: %v", p.Name, err)
	}
	slices.SortStableFunc(p.Lines, func(a, b line) int { return compareLines(a.Line, b.Line) })
	for i, l := range p.Lines {
		err := l.check()
		if i > 0 && p.Lines[i-1].Line == l.Line {
			err = errors.New("the line stands there twice")
		}
		if err != nil {
			return fmt.Errorf("%s %s: %v", p.Name, l.Line, err)
		}
	}
	return nil
}

func (l line) check() error {
	if !lineName.MatchString(l.Line) {
		return fmt.Errorf("line %q is not of numbers and dots", l.Line)
	}
	if l.Name != "" && !codeName.MatchString(l.Name) {
		return fmt.Errorf("name %q is not of a-z", l.Name)
	}
	if _, _, err := parseDate(l.Ends); l.Ends != "" && err != nil {
		return err
	}
	return checkOrigin(l.Source, l.Read)
}

// checkOrigin returns an error unless source and read are valid or empty.
func checkOrigin(source, read string) error {
	u, err := url.Parse(source)
	if err != nil || source != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(source, " ()<>[]\"'`\\")) {
		return fmt.Errorf("source %q is no address of a page", source)
	}
	if _, err := time.Parse(time.DateOnly, read); read != "" && err != nil {
		return fmt.Errorf("read %q is no date like 2021-12-23", read)
	}
	return nil
}

// parseDate parses a day or a month; for a month it returns the last day.
func parseDate(s string) (ends time.Time, month bool, err error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, false, nil
	}
	if t, err := time.Parse("2006-01", s); err == nil {
		return t.AddDate(0, 1, -1), true, nil
	}
	return time.Time{}, false, fmt.Errorf("ends %q is no date like 2021-12-23 or 2021-12", s)
}

// entry returns the entry of a line; false if it has no date.
func (p product) entry(l line) (Entry, bool) {
	ends, month, err := parseDate(l.Ends)
	if err != nil {
		return Entry{}, false
	}
	e := Entry{Product: p.Name, Title: cmp.Or(p.Title, p.Name), Line: l.Line, Name: l.Name, Ends: ends, Month: month, Source: cmp.Or(l.Source, p.Source)}
	e.Read, _ = time.Parse(time.DateOnly, cmp.Or(l.Read, p.Read)) // zero where there is none
	return e, true
}

// with returns the product with the lines of both; those of over replace its
// own. Each line keeps its source.
func (p product) with(over product) product {
	p.Title = cmp.Or(over.Title, p.Title)
	lines := p.explicit()
	for _, l := range over.explicit() {
		i, found := slices.BinarySearchFunc(lines, l, func(a, b line) int { return compareLines(a.Line, b.Line) })
		if !found {
			lines = slices.Insert(lines, i, l)
			continue
		}
		l.Name = cmp.Or(l.Name, lines[i].Name)
		lines[i] = l
	}
	p.Lines = slices.DeleteFunc(lines, func(l line) bool { return l.Ends == "" })
	// Each line has its own now.
	p.Source, p.Read = "", ""
	return p
}

// explicit returns the lines, each with its own source.
func (p product) explicit() []line {
	lines := slices.Clone(p.Lines)
	for i := range lines {
		lines[i].Source, lines[i].Read = cmp.Or(lines[i].Source, p.Source), cmp.Or(lines[i].Read, p.Read)
	}
	return lines
}

// Format returns the table in the form of table.json: one line of text for each
// line of a product, always in the same order.
func (t *Table) Format() []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"products\": [")
	for i, p := range t.products {
		lines := p.Lines
		p.Lines = []line{}
		b.WriteString(separator(i) + "    " + strings.TrimSuffix(encode(p), "]}"))
		for j, l := range lines {
			b.WriteString(separator(j) + "      " + encode(l))
		}
		b.WriteString("\n    ]}")
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes()
}

// separator returns the text before the element i of a list.
func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}

// encode returns a value as JSON, with a space after colons and commas.
func encode(v any) string {
	var compact, lines bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)                                                   // no error: v has only strings
	_ = json.Indent(&lines, bytes.TrimSpace(compact.Bytes()), "", "") // a space after colons, a line for each field
	// Strings have no line breaks in JSON.
	return strings.NewReplacer("{\n", "{", ",\n", ", ", "\n}", "}").Replace(lines.String())
}
