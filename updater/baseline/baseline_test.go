package baseline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\uFEFF# freshpin baseline 1: x\r\n\r\na/b%20c Rule - e\r\na/b%20c Rule - e\n# c\n", "2"},
		{"", "0"},
		{"a b c\n", `f:1: "a b c" is no entry of a baseline: FILE RULE WHERE EVIDENCE`},
		{"a b c d\na b c d e\n", `f:2: "a b c d e" is no entry of a baseline: FILE RULE WHERE EVIDENCE`},
		{"# freshpin baseline 2: y\n", "f:1: the baseline was written by a newer version of Freshpin"},
		{strings.Repeat("a", 5000), "f: an entry is longer than 4096 bytes"},
		{"a b c d\x00\n", "1"},
	} {
		f, err := Parse("f", []byte(c.text))
		n := 0
		for _, k := range f {
			n += k
		}
		got := fmt.Sprint(n)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("Parse(%.40q) = %s, want %s", c.text, got, c.want)
		}
	}
}

func TestWrite(t *testing.T) {
	ids := []string{Identity("b", "r", "", "x  y"), Identity("a b", "r", "s", "e"), Identity("b", "r", "", "x y") + "#2"}
	var b strings.Builder
	if err := Of(ids).Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := version + "\na%20b r s e\nb r - x%20y\nb r - x%20y\n"; b.String() != want {
		t.Errorf("written:\n%s", b.String())
	}
	again, err := Parse("f", []byte(b.String()))
	if err != nil || len(again.New(ids)) > 0 || len(again.Gone(ids, func(string, string) bool { return true })) > 0 {
		t.Errorf("read again it is another one: %v, %v", again, err)
	}
}

func TestNewAndGone(t *testing.T) {
	f := Of([]string{"a r - 1", "a r - 1", "b r - 2", "a%20b outdated/x p 1"})
	if got := f.New([]string{"a r - 1", "a r - 1#2", "a r - 1#3", "b r - 3"}); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("new: %v", got)
	}
	judged := func(file, rule string) bool { return rule == "r" && file != "b" || file == "a b" }
	if got := f.Gone([]string{"a r - 1"}, judged); !slices.Equal(got, []string{"a r - 1", "a%20b outdated/x p 1"}) {
		t.Errorf("gone: %v", got)
	}
	mine := Of([]string{"c r - 1"})
	mine.Keep(f, func(rule string) bool { return rule == "r" })
	if len(mine) != 2 || mine["a%20b outdated/x p 1"] != 1 {
		t.Errorf("kept: %v", mine)
	}
}

func TestIntroduced(t *testing.T) {
	for _, c := range []struct{ now, before, want string }{
		{"a r - 1", "a r - 1", ""},
		{"a r - 1|a r - 1#2", "a r - 1", "a r - 1#2"},
		{"new/a r - 1", "old/a r - 1", ""}, // a folder was renamed
		{"a r - 1|b r - 1", "a r - 1", "b r - 1"},
		{"b r - 1|c r - 1", "a r - 1", "c r - 1"},
		{"a r s 1", "a r t 1", "a r s 1"},
		{"", "a r - 1", ""},
		{"a r - 1", "", "a r - 1"},
	} {
		now, before := strings.Split(c.now, "|"), strings.Split(c.before, "|")
		if c.now == "" {
			now = nil
		}
		if c.before == "" {
			before = nil
		}
		var got []string
		for _, i := range Introduced(now, before) {
			got = append(got, now[i])
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("Introduced(%s, %s) = %v, want %s", c.now, c.before, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a r - 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("f", []byte(text))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("f", []byte(b.String()))
		if err != nil || len(again) != len(file) {
			t.Errorf("%q is read again as %v, %v", b.String(), again, err)
		}
	})
}
