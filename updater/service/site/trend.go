package site

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// A line is a trend as a page draws it: points in a box of 600 by 120.
type line struct {
	Points      string // of a polyline
	Area        string // the same, closed at the bottom
	First, Last day
	Days        []day // a few of them, for those who do not see the line
}

// A day is one point.
type day struct {
	Day      time.Time
	Current  int // percent
	Pins     int
	Libyears float64
}

const (
	width  = 600
	height = 120
)

// trendOf draws how many percent of the pins were current, day by day. Two days make a line.
func trendOf(days []store.Day) *line {
	var points []day
	for _, d := range days {
		if d.Pins > 0 {
			points = append(points, day{d.Day, percent(d.Current, d.Pins), d.Pins, d.Libyears})
		}
	}
	if len(points) < 2 {
		return nil
	}
	l := &line{First: points[0], Last: points[len(points)-1]}
	var at []string
	for n, p := range points {
		x := float64(n) * width / float64(len(points)-1)
		at = append(at, fmt.Sprintf("%.1f,%.1f", x, height-float64(p.Current)*height/100))
	}
	l.Points = strings.Join(at, " ")
	l.Area = fmt.Sprintf("0,%d %s %d,%d", height, l.Points, width, height)
	for n := 0; n < len(points); n += max(len(points)/6, 1) {
		l.Days = append(l.Days, points[n])
	}
	return l
}
