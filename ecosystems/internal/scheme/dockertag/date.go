package dockertag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var (
	yearText    = lazyregexp.New(`^[vV]?((?:19|20)\d\d)$`)
	dayText     = lazyregexp.New(`^(0[1-9]|[12]\d|3[01])(?:\.(\d{1,3}))?$`)
	dayAndHour  = lazyregexp.New(`^(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])$`)
	twoDigits   = lazyregexp.New(`^\d\d$`)
	secondsText = lazyregexp.New(`^(\d\d)Z?$`)
	compactTime = lazyregexp.New(`^[vV]?(\d{8})T(\d{4}|\d{6})Z?$`)
	compactDate = lazyregexp.New(`^[vV]?(\d{8})(?:\.(\d{1,3}))?$`)
	minuteText  = lazyregexp.New(`^((?:\d{12}|\d{14}))Z?$`)
	epochText   = lazyregexp.New(`^1\d{9}(\d{3})?$`) // seconds or milliseconds since 1970, from 2001 to 2033
)

// dateAt reads a date at the beginning of tokens. It returns the date as one
// token and the number of tokens that it took; if there is no date, it returns
// the first token unchanged.
func dateAt(tokens []token) (token, int) {
	t := tokens[0]
	if !numeric(t.text) {
		return t, 1
	}
	if m := compactTime.FindStringSubmatch(t.text); m != nil && plausibleDate(m[1]) {
		t.date = m[1] + m[2]
		return t, 1
	}
	if m := compactDate.FindStringSubmatch(t.text); m != nil && plausibleDate(m[1]) {
		t.date, t.respin = m[1], m[2]
		return t, 1
	}
	if m := minuteText.FindStringSubmatch(t.text); epochText.MatchString(t.text) || m != nil && plausibleDate(m[1][:8]) {
		t.date = strings.Trim(t.text, "Z")
		return t, 1
	}
	return dashedDate(tokens)
}

// dashedDate reads 2024-01-16, 2024-01-16.1 and 2024-01-16T16-07-38Z.
func dashedDate(tokens []token) (token, int) {
	t := tokens[0]
	year := yearText.FindStringSubmatch(t.text)
	if year == nil || len(tokens) < 3 || !monthText.MatchString(tokens[1].text) || tokens[1].sep != tokens[2].sep {
		return t, 1
	}
	if m := dayText.FindStringSubmatch(tokens[2].text); m != nil {
		t.date, t.respin = year[1]+tokens[1].text+m[1], m[2]
		return join(t, tokens[1:3]), 3
	}
	m := dayAndHour.FindStringSubmatch(tokens[2].text)
	if m == nil || len(tokens) < 5 || !twoDigits.MatchString(tokens[3].text) || !secondsText.MatchString(tokens[4].text) {
		return t, 1
	}
	t.date = year[1] + tokens[1].text + m[1] + m[2] + tokens[3].text + tokens[4].text[:2]
	return join(t, tokens[1:5]), 5
}

var monthText = lazyregexp.New(`^(0[1-9]|1[0-2])$`)

func join(t token, rest []token) token {
	var b strings.Builder
	b.WriteString(t.text)
	for _, r := range rest {
		b.WriteString(r.sep + r.text)
	}
	t.text = b.String()
	return t
}

// dottedDate matches a day with dots and two digits each. After a version it is
// the day of a build; on its own it is a calendar version.
var dottedDate = lazyregexp.New(`^[vV]?((?:19|20)\d\d)\.(0[1-9]|1[0-2])\.(0[1-9]|[12]\d|3[01])$`)

// plausibleDate reports whether eight digits are a day between 1990 and 2099.
func plausibleDate(s string) bool {
	return len(s) == 8 && isDigits(s) && s[:4] >= "1990" && s[:4] <= "2099" && monthText.MatchString(s[4:6]) && dayText.MatchString(s[6:])
}

// spelling returns how a date is written, with "D" for its numbers. It becomes
// part of the track: a project that writes dates differently has changed scheme.
func (t token) spelling() string {
	lead := t.text[:len(t.text)-len(strings.TrimLeft(t.text, "vV"))]
	switch {
	case strings.Contains(t.text, "T"):
		return lead + "DT"
	case strings.HasSuffix(t.text, "Z"):
		return lead + "DZ"
	case strings.ContainsAny(t.text, "-_"):
		return lead + "D-"
	}
	return lead + "D"
}
