package lazyregexp

import (
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// TestSame wants from each method what regexp.Regexp's gives.
func TestSame(t *testing.T) {
	const text, subject = `(?P<name>[a-z]+)=(\d*)`, "a=1, bb=, c=33"
	ours, theirs := reflect.ValueOf(New(text)), reflect.ValueOf(regexp.MustCompile(text))
	arguments := map[reflect.Type]reflect.Value{
		reflect.TypeFor[string]():                reflect.ValueOf(subject),
		reflect.TypeFor[[]byte]():                reflect.ValueOf([]byte(subject)),
		reflect.TypeFor[int]():                   reflect.ValueOf(2),
		reflect.TypeFor[func(string) string]():   reflect.ValueOf(strings.ToUpper),
		reflect.TypeFor[func(b []byte) []byte](): reflect.ValueOf(func(b []byte) []byte { return b[1:] }),
	}
	for i := range ours.NumMethod() {
		name := ours.Type().Method(i).Name
		var in []reflect.Value
		for k := range ours.Method(i).Type().NumIn() {
			in = append(in, arguments[ours.Method(i).Type().In(k)])
		}
		if name == "SubexpIndex" {
			in = []reflect.Value{reflect.ValueOf("name")}
		}
		got, want := ours.Method(i).Call(in)[0].Interface(), theirs.MethodByName(name).Call(in)[0].Interface()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
	if ours.NumMethod() < 10 {
		t.Errorf("%d methods compared", ours.NumMethod())
	}
}

func TestTogether(t *testing.T) {
	r := New(`^a+$`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !r.MatchString("aaa") || r.MatchString("b") {
				t.Error("a wrong answer")
			}
		})
	}
	all.Wait()
}

func TestWrong(t *testing.T) {
	r := New(`(`)
	defer func() {
		if recover() == nil {
			t.Error("a wrong text is used")
		}
	}()
	r.MatchString("")
}
