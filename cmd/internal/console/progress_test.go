package console

import "testing"

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
