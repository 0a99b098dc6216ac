package imports

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)

// TestSecurityNamesTests wants every test that SECURITY.md names to be there.
func TestSecurityNamesTests(t *testing.T) {
	page, err := os.ReadFile("../../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	err = fs.WalkDir(os.DirFS("../../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := os.ReadFile("../../../" + name)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(data), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := testName.FindAllString(string(page), -1)
	for _, name := range named {
		if !there[name] {
			t.Errorf("SECURITY.md names %s, and there is no such test", name)
		}
	}
	if len(named) < 50 {
		t.Errorf("SECURITY.md names %d tests", len(named))
	}
}

// TestSecurityFindings wants a test beside each of the 29 findings on version 0.1.0.
func TestSecurityFindings(t *testing.T) {
	page, err := os.ReadFile("../../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 29; n++ {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| F%d \|.*$`, n)).FindString(string(page))
		if !testName.MatchString(row) {
			t.Errorf("F%d: no test in %q", n, row)
		}
	}
}
