package console

import (
	"testing"
	"time"
)

// TestMeter: whatever phases come, the bar never goes back and is never full before the end.
func TestMeter(t *testing.T) {
	for _, phases := range [][]int{{94, 3, 94}, {5, 5, 5}, {1, 1, 1000}, {1000, 1}, {0, 4}} {
		m := &meter{}
		var last int64
		for _, total := range phases {
			for done := 1; done <= total; done++ {
				at := m.step(done, total)
				if at < last || at >= whole {
					t.Fatalf("%v: %d after %d", phases, at, last)
				}
				last = at
			}
		}
		if last == 0 {
			t.Errorf("%v: nothing grew", phases)
		}
	}
	if got := (&meter{}).says(false); got != "reading files " {
		t.Errorf("before anything is asked: %q", got)
	}
	if got := (&meter{}).says(true); got != "looking up, 0% " {
		t.Errorf("while the first answer is waited for: %q", got)
	}
}

func TestLine(t *testing.T) {
	m := &meter{}
	m.step(1, 2)
	for name, test := range map[string]struct {
		waits   string
		columns int
		want    string
	}{
		"whole":              {want: "looking up, 25% [=======---------------------]"},
		"a host":             {waits: " waiting for a.example", want: "looking up, 25% [=======---------------------] waiting for a.example"},
		"a narrow terminal":  {waits: " waiting for a.example", columns: 20, want: "looking up, 25% [=="},
		"a host that cheats": {waits: " waiting for \x1b[2Ja\nb", want: "looking up, 25% [=======---------------------] waiting for [2Ja b"},
	} {
		if got := m.line(test.waits, test.columns); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

// TestRedraw: the line is drawn until the end, which removes it once.
func TestRedraw(t *testing.T) {
	drawn := make(chan string, 100)
	end := redraw(writes(func(s string) { drawn <- s }), time.Millisecond, func() string { return "a bar" })
	for range 3 {
		if got := <-drawn; got != "\r\x1b[Ka bar" {
			t.Fatalf("drawn: %q", got)
		}
	}
	go func() {
		end()
		end()
		close(drawn)
	}()
	last := ""
	for s := range drawn {
		last = s
	}
	if last != "\r\x1b[K" {
		t.Errorf("the last thing written: %q", last)
	}
}

type writes func(string)

func (w writes) Write(data []byte) (int, error) {
	w(string(data))
	return len(data), nil
}
