package version

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"
)

// TestCompact: what Compact returns says the same in less memory.
func TestCompact(t *testing.T) {
	list := func() (list []Candidate) {
		for n := range 5 {
			v := Version{
				Text: fmt.Sprintf("v1.%d-x", n), Track: fmt.Sprint("v#.", "#-x"), Family: fmt.Sprint("v", "-x"), Release: []uint64{1, uint64(n)},
				Order: []Part{{Class: 4}}, BaseOrder: []Part{{Class: 1, N: 3}, {Class: 1, N: uint64(n % 2)}},
			}
			list = append(list, Candidate{Version: v, Runtime: fmt.Sprint(">=", 3)})
		}
		list[4].Version.Order = []Part{{}, {}, {}, {N: 1}} // longer than what is shared
		return append(list, Candidate{Version: Version{Text: "name"}})
	}
	got := Compact(list())
	if want := list(); !reflect.DeepEqual(got, want) {
		t.Fatalf("Compact =\n%+v, want\n%+v", got, want)
	}
	a, b := &got[0], &got[2]
	if unsafe.StringData(a.Version.Track) != unsafe.StringData(b.Version.Track) || unsafe.StringData(a.Runtime) != unsafe.StringData(b.Runtime) ||
		&a.Version.Order[0] != &b.Version.Order[0] || &a.Version.BaseOrder[0] != &b.Version.BaseOrder[0] {
		t.Error("equal texts and orders are not shared")
	}
	if cap(got) != len(got) || cap(a.Version.Order) != 1 || cap(a.Version.Release) != 2 {
		t.Errorf("room is left free: %d of %d, %d, %d", len(got), cap(got), cap(a.Version.Order), cap(a.Version.Release))
	}
}
