package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// Size of a plot in its own units; the page scales it.
const (
	plotWidth  = 600.0
	plotHeight = 100.0
)

// A trend is a plot of the pins over time.
type trend struct {
	From, To time.Time
	Bands    []band // pins by status, stacked from the bottom
	Most     int    // number of pins at the upper edge
	Line     string // path of the libyears behind
	Area     string // path of the area below Line
	Years    float64
	Columns  []column // one for each day
	Rows     []store.Day
	Said     string // description in one sentence
	SaidLine string
}

// A band is the area of one status.
type band struct {
	Status string
	Path   string
	Last   int // current number of pins
}

// A column is the hover area of one day.
type column struct {
	X, Width float64
	store.Day
}

// bandsOf is the order of stacking, with the good statuses at the bottom.
var bandsOf = []struct {
	status string
	of     func(store.Totals) int
}{
	{"current", func(t store.Totals) int { return t.Current }},
	{"update", func(t store.Totals) int { return t.Updates }},
	{"held", func(t store.Totals) int { return t.Held }},
	{"skipped", func(t store.Totals) int { return t.Skipped }},
	{"failed", func(t store.Totals) int { return t.Failed }},
}

// drawTrend draws the state at the end of each day; nil if there are too few days.
func drawTrend(days []store.Day) *trend {
	if len(days) < 2 {
		return nil
	}
	first, last := days[0], days[len(days)-1]
	t := &trend{From: first.Day, To: last.Day}
	var pins int
	var behind float64
	for _, d := range days {
		pins, behind = max(pins, d.Pins), max(behind, d.Libyears)
	}
	t.Most, t.Years = int(round(float64(pins))), round(behind)
	if t.Most == 0 {
		return nil
	}
	t.stack(days)
	t.draw(days)
	for i, d := range days {
		width := plotWidth / float64(len(days))
		t.Columns = append(t.Columns, column{X: float64(i) * width, Width: width, Day: d})
	}
	// About one row a week for the 90 days of the trend.
	t.Rows = some(days, 13)
	t.Said = fmt.Sprintf("Current pins: %s of %s (%s) on %s, %s of %s (%s) on %s.",
		num(first.Current), num(first.Pins), percent(first.Current, first.Pins), first.Day.Format("2 January 2006"),
		num(last.Current), num(last.Pins), percent(last.Current, last.Pins), last.Day.Format("2 January 2006"))
	t.SaidLine = fmt.Sprintf("Libyears behind: %s on %s, %s on %s.",
		years(first.Libyears), first.Day.Format("2 January 2006"), years(last.Libyears), last.Day.Format("2 January 2006"))
	return t
}

// stack draws the stacked bands.
func (t *trend) stack(days []store.Day) {
	floor := make([]float64, len(days))
	for _, of := range bandsOf {
		var upper, lower []string
		for i, d := range days {
			upper = append(upper, point(i, len(days), (floor[i]+float64(of.of(d.Totals)))/float64(t.Most)))
			lower = append(lower, point(i, len(days), floor[i]/float64(t.Most)))
			floor[i] += float64(of.of(d.Totals))
		}
		// The path returns along the lower edge, from right to left.
		slices.Reverse(lower)
		t.Bands = append(t.Bands, band{
			Status: of.status, Path: "M" + strings.Join(upper, "L") + "L" + strings.Join(lower, "L") + "Z",
			Last: of.of(days[len(days)-1].Totals),
		})
	}
}

// draw draws the line of libyears.
func (t *trend) draw(days []store.Day) {
	top := t.Years
	// Nothing is behind: the line is at the bottom, instead of a division by zero.
	if top == 0 {
		top = 1
	}
	var points []string
	for i, d := range days {
		points = append(points, point(i, len(days), d.Libyears/top))
	}
	t.Line = "M" + strings.Join(points, "L")
	t.Area = fmt.Sprintf("%sL%g %gL0 %gZ", t.Line, plotWidth, plotHeight, plotHeight)
}

// point returns the coordinates of a share on a day.
func point(i, n int, share float64) string {
	// drawTrend requires two days, so n-1 is not zero.
	x := plotWidth * float64(i) / float64(n-1)
	return fmt.Sprintf("%.1f %.2f", x, plotHeight*(1-min(max(share, 0), 1)))
}

// round returns the smallest round number at or above x: 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.
func round(x float64) float64 {
	if x <= 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, n := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if n*power >= x {
			return n * power
		}
	}
	return 10 * power
}

// some returns about n evenly spaced days including the last one, newest first.
func some(days []store.Day, n int) []store.Day {
	step := max(1, (len(days)+n-1)/n)
	var list []store.Day
	for i := len(days) - 1; i >= 0; i -= step {
		list = append(list, days[i])
	}
	return list
}

// A part is one part of a bar.
type part struct {
	Status   string
	X, Width float64
}

// bar returns the shares of the statuses of a repository's pins, in percent.
func bar(t store.Totals) []part {
	whole := t.Current + t.Updates + t.Held + t.Skipped + t.Failed
	if whole == 0 {
		return nil
	}
	var list []part
	x := 0.0
	for _, of := range bandsOf {
		if n := of.of(t); n > 0 {
			width := 100 * float64(n) / float64(whole)
			list = append(list, part{of.status, math.Round(100*x) / 100, math.Round(100*width) / 100})
			x += width
		}
	}
	return list
}

// elementID returns the HTML id of a pin.
func elementID(pin string) string {
	sum := sha256.Sum256([]byte(pin))
	return "pin-" + hex.EncodeToString(sum[:6])
}
