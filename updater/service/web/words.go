package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/store"
)

// words returns the functions of the templates. Templates must not call methods,
// because then the linker would keep every exported method in the program (10 MB).
func words() template.FuncMap {
	return template.FuncMap{
		"num": num, "years": years, "percent": percent, "plural": plural, "clock": clock, "ago": ago, "stamp": stamp, "took": took,
		"repoPath": repoPath, "alarmLink": alarmLink, "packagePath": packagePath, "address": address, "advisory": advisory, "short": short,
		"stateWord": stateWord, "statusWord": statusWord, "bandWord": bandWord, "triggerWord": triggerWord, "outcomeWord": outcomeWord,
		"severity": severityWord, "waitWord": waitWord, "checkWord": checkWord, "mergeWord": mergeWord, "registry": registryPage,
		"isZero": time.Time.IsZero, "when": when, "format": func(layout string, t time.Time) string { return t.Format(layout) }, "statusText": http.StatusText,
		"seesAll": (*viewer).All, "narrowed": filter.Any, "sorted": filter.Sorted, "sortLink": filter.By, "pageLink": pager.Link, "prevPage": pager.Prev,
		"nextPage": pager.Next, "shown": finding.Shown, "more": finding.More, "dismissed": store.Dismissal.Any,
		"pair": pair, "bar": bar, "add": func(a, b int) int { return a + b }, "id": elementID, "base": path.Base, "dir": dir,
	}
}

// pair builds the arguments of a template with several: "key" value "key" value.
func pair(list ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(list); i += 2 {
		key, ok := list[i].(string)
		if !ok {
			return nil, fmt.Errorf("pair: %v is not a name", list[i])
		}
		m[key] = list[i+1]
	}
	return m, nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// num formats a number with thin spaces between thousands.
func num(n int) string {
	text := itoa(n)
	sign := ""
	if n < 0 {
		sign, text = "−", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return sign + text
}

// years formats libyears: "8.8", "1 204".
func years(y float64) string {
	if y >= 100 {
		return num(int(math.Round(y)))
	}
	return strconv.FormatFloat(math.Round(10*y)/10, 'f', 1, 64)
}

// percent formats a share. Rounding never gives 100 % for less than the whole, or 0 %
// for more than zero.
func percent(part, whole int) string {
	// The integer division cuts, so only the whole is 100 %.
	switch p := 100 * part / max(1, whole); {
	case whole == 0:
		return "–"
	case p == 0 && part > 0:
		return "<\u202f1\u202f%"
	default:
		return itoa(p) + "\u202f%"
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return num(n) + " " + many
}

// when parses the time of a record, zero if it is invalid.
func when(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// clock formats a time for machines.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// stamp formats a time for people, in full.
func stamp(t time.Time) string { return t.UTC().Format("Monday, 2 January 2006, 15:04 UTC") }

// ago formats the difference of a time from now.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	form := "%s ago"
	if d < 0 {
		d, form = t.Sub(now), "in %s" // not -d: a duration is limited to 292 years
	}
	switch {
	case d < 45*time.Second && form == "in %s":
		return "in a moment"
	case d < 45*time.Second:
		return "just now"
	// From half a minute before the hour, rounding would give 60 minutes.
	case d < 59*time.Minute+30*time.Second:
		return fmt.Sprintf(form, plural(int(d.Minutes()+0.5), "minute", "minutes"))
	case d < 36*time.Hour:
		return fmt.Sprintf(form, plural(int(d.Hours()+0.5), "hour", "hours"))
	case d < 45*24*time.Hour:
		return fmt.Sprintf(form, plural(int(d.Hours()/24+0.5), "day", "days"))
	case d < 548*24*time.Hour:
		return fmt.Sprintf(form, plural(int(d.Hours()/24/30.4+0.5), "month", "months"))
	}
	years := int(d.Hours()/24/365.25 + 0.5)
	if years > 100 { // a duration is limited to 292 years
		years = max(t.Year()-now.Year(), now.Year()-t.Year())
	}
	return fmt.Sprintf(form, plural(years, "year", "years"))
}

// took formats a duration in a suitable unit: "84 ms", "3.2 s", "2 min 5 s".
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d\u202fms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f\u202fs", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d\u202fmin %d\u202fs", int(d.Minutes()), int(d.Seconds())%60)
}

// repoPath returns the path of a repository's page.
func repoPath(name string) string {
	owner, repo, _ := strings.Cut(name, "/")
	return "/r/" + url.PathEscape(owner) + "/" + url.PathEscape(repo)
}

// packagePath returns the path of a package's page; that of a search if its name
// cannot be in a path.
func packagePath(ecosystem, name string) string {
	ecosystem, _, _ = strings.Cut(ecosystem, ", ") // all ecosystems in the list lead to the same page
	// http.ServeMux redirects a path that is not clean to another one.
	if ecosystem == "" || name == "" || path.Clean("/"+name) != "/"+name {
		return "/p?q=" + url.QueryEscape(name)
	}
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return "/p/" + url.PathEscape(ecosystem) + "/" + strings.Join(parts, "/")
}

// address returns text if a page may link to it, else "". It allows http and https
// addresses without a login.
func address(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	return u.String()
}

// advisoryForm matches ids that have a page at OSV.
//
// See https://ossf.github.io/osv-schema/#id-modified-fields
var advisoryForm = lazyregexp.New(`^[A-Z][A-Za-z]{1,11}(-[A-Za-z0-9:.]{1,40}){1,5}$`)

// advisory returns the address of an advisory's page, "" for an invalid id.
func advisory(id string) string {
	if !advisoryForm.MatchString(id) {
		return ""
	}
	return "https://osv.dev/vulnerability/" + url.PathEscape(id)
}

// short returns the beginning of a digest or a commit.
func short(hash string) string {
	kind, rest, ok := strings.Cut(hash, ":")
	if !ok {
		return hash[:min(len(hash), 7)]
	}
	return kind + ":" + rest[:min(len(rest), 12)]
}

// dir returns the folder of a file with a final slash, "" for the root.
func dir(file string) string {
	d, _ := path.Split(file)
	return d
}

var stateWords = map[store.State]string{
	store.Waiting: "waiting", store.Observed: "observed", store.Proposing: "proposing", store.Refused: "refused", store.Broken: "broken",
}

// stateWord returns a known state, which is also a CSS class.
func stateWord(s any) string {
	if w, ok := stateWords[store.State(fmt.Sprint(s))]; ok {
		return w
	}
	return "unknown"
}

var statusWords = map[string]string{
	"update": "update", "current": "current", "held": "held", "skipped": "skipped", "failed": "failed",
}

// statusWord returns a known status, which is also a CSS class.
func statusWord(s any) string {
	if w, ok := statusWords[fmt.Sprint(s)]; ok {
		return w
	}
	return "unknown"
}

func bandWord(b string) string {
	switch b {
	case "digest", "patch", "minor", "major":
		return b
	}
	return ""
}

var triggerWords = map[string]string{
	"schedule": "schedule", "installation": "first scan", "push": "push", "command": "command", "pull": "pull request",
	"registry": "image pushed", "person": "requested here", "change": "repository changed", "made-up": "lost job repeated", "retry": "retry",
}

func triggerWord(t string) string {
	if w, ok := triggerWords[t]; ok {
		return w
	}
	return t
}

// outcomeWord returns the CSS class of an outcome by its severity.
func outcomeWord(o string) string {
	switch o {
	case "done", "unchanged":
		return "current"
	case "refused", "stopped":
		return "held"
	}
	return "failed"
}

// number parses a query parameter that counts from 1.
func number(r *http.Request, name string, otherwise, most int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 1 {
		return otherwise
	}
	return min(n, most)
}
