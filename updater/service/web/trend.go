package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// The size of a plot in units of its own; the page stretches it.
const (
	plotWidth  = 600.0
	plotHeight = 100.0
)

// A trend is what became of pins, ready to be drawn.
type trend struct {
	From, To time.Time
	Bands    []band // pins by status, stacked; the first at the bottom
	Most     int    // pins at the upper edge
	Line     string // libyears behind
	Area     string // below it
	Years    float64
	Columns  []column // one for each day
	Rows     []store.Day
	Said     string // what is to be seen, in a sentence
	SaidLine string
}

// A band is the pins of a status.
type band struct {
	Status string
	Path   string
	Last   int // how many there are now
}

// A column is a day, for whoever points at it.
type column struct {
	X, Width float64
	store.Day
}

// bandsOf is the order of stacking: what is fine at the bottom.
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

// drawTrend draws what stood at the end of each day; nil where that is no line yet.
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
	t.Rows = some(days, 13)
	t.Said = fmt.Sprintf("Current pins: %s of %s (%s) on %s, %s of %s (%s) on %s.",
		num(first.Current), num(first.Pins), percent(first.Current, first.Pins), first.Day.Format("2 January 2006"),
		num(last.Current), num(last.Pins), percent(last.Current, last.Pins), last.Day.Format("2 January 2006"))
	t.SaidLine = fmt.Sprintf("Libyears behind: %s on %s, %s on %s.",
		years(first.Libyears), first.Day.Format("2 January 2006"), years(last.Libyears), last.Day.Format("2 January 2006"))
	return t
}

// stack draws the bands one upon the other.
func (t *trend) stack(days []store.Day) {
	floor := make([]float64, len(days))
	for _, of := range bandsOf {
		var upper, lower []string
		for i, d := range days {
			upper = append(upper, point(i, len(days), (floor[i]+float64(of.of(d.Totals)))/float64(t.Most)))
			lower = append(lower, point(i, len(days), floor[i]/float64(t.Most)))
			floor[i] += float64(of.of(d.Totals))
		}
		for i, j := 0, len(lower)-1; i < j; i, j = i+1, j-1 {
			lower[i], lower[j] = lower[j], lower[i]
		}
		t.Bands = append(t.Bands, band{
			Status: of.status, Path: "M" + strings.Join(upper, "L") + "L" + strings.Join(lower, "L") + "Z",
			Last: of.of(days[len(days)-1].Totals),
		})
	}
}

// draw draws the line of libyears.
func (t *trend) draw(days []store.Day) {
	top := t.Years
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

// point is where a share stands on a day.
func point(i, n int, share float64) string {
	x := plotWidth * float64(i) / float64(n-1)
	return fmt.Sprintf("%.1f %.2f", x, plotHeight*(1-min(max(share, 0), 1)))
}

// round returns the next number of people at or above x: 1, 2, 2.5, 5 or 10 times a power of ten.
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

// some returns about n days, evenly chosen, the last one among them, the newest first.
func some(days []store.Day, n int) []store.Day {
	step := max(1, (len(days)+n-1)/n)
	var list []store.Day
	for i := len(days) - 1; i >= 0; i -= step {
		list = append(list, days[i])
	}
	return list
}

// A part of a bar.
type part struct {
	Status   string
	X, Width float64
}

// bar is how the pins of a repository stand, as parts of 100.
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

// elementID names a pin within a page.
func elementID(pin string) string {
	sum := sha256.Sum256([]byte(pin))
	return "pin-" + hex.EncodeToString(sum[:6])
}
