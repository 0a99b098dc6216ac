package web

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
)

// firstShown is the number of items of each kind on the first screen.
const firstShown = 5

// An attention is the content of the first screen: signs of tampering, vulnerable
// pins, work for people, unhealthy repositories, and the trend.
type attention struct {
	Alarms   []store.Pin // the first pins whose published content has changed
	Alarming int

	Findings   []finding // the most severe
	Vulnerable int       // findings that are not dismissed
	Grave      int       // of these, critical or high
	Dismissed  int

	Pulls   []pullRow // the oldest ones that wait for a person
	Waiting int
	Open    int

	Sick   []store.Repository
	Ailing int

	Trend better
}

// A better is the change over the days of the trend.
type better struct {
	Way  string // better, worse, same; "" if it is not known yet
	Said string
}

func (s *server) attention(ctx context.Context, v store.Viewer, days []store.Day) (a attention, err error) {
	if a.Alarms, a.Alarming, err = s.o.Data.Pins.Alarms(ctx, v, firstShown); err != nil {
		return a, err
	}
	list, err := s.o.Data.Advisories.List(ctx, v, 0)
	if err != nil {
		return a, err
	}
	a.found(s.findings(list))
	open, err := s.o.Data.Pulls.Open(ctx, v)
	if err != nil {
		return a, err
	}
	a.Open = len(open)
	for _, p := range open {
		// Open returns the oldest first.
		if w := waitsFor(p); byPerson(w) {
			a.Waiting++
			if len(a.Pulls) < firstShown {
				a.Pulls = append(a.Pulls, pullRow{p, w})
			}
		}
	}
	a.Sick, a.Ailing, err = s.o.Data.Repositories.List(ctx, v, store.Filter{Unhealthy: true, Sort: "-failed", Limit: firstShown})
	a.Trend = compared(days)
	return a, err
}

func (a *attention) found(list []finding) {
	for _, f := range list {
		if f.Dismissed {
			a.Dismissed++
			continue
		}
		a.Vulnerable++
		if f.Severity == "critical" || f.Severity == "high" {
			a.Grave++
		}
		if len(a.Findings) < firstShown {
			a.Findings = append(a.Findings, f)
		}
	}
}

// compared returns the change of vulnerable pins and of years behind. Both are
// counted per pin, because the number of pins changes with every repository.
func compared(days []store.Day) better {
	// A share of no pins would divide by zero.
	if len(days) < 2 || days[0].Pins == 0 || days[len(days)-1].Pins == 0 {
		return better{Said: "Known from the second day on."}
	}
	first, last := days[0], days[len(days)-1]
	share := func(n, of int) float64 { return 100 * float64(n) / float64(of) }
	current := share(last.Current, last.Pins) - share(first.Current, first.Pins)
	bad := share(last.Security, last.Pins) - share(first.Security, first.Pins)
	b := better{Way: "same"}
	switch {
	case current >= 1 && bad <= 0 || bad <= -1 && current >= 0:
		b.Way = "better"
	case current <= -1 && bad >= 0 || bad >= 1:
		b.Way = "worse"
	}
	b.Said = fmt.Sprintf("Current: %s, on %s %s. Vulnerable: %s of pins, on that day %s.",
		percent(last.Current, last.Pins), first.Day.Format("2 January"), percent(first.Current, first.Pins),
		percent(last.Security, last.Pins), percent(first.Security, first.Pins))
	return b
}
