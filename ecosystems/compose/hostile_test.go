package compose

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// Input made to be slow must not be, and none may bring the reader down.
func TestHostileInput(t *testing.T) {
	const n = 2000
	var bomb strings.Builder
	bomb.WriteString("x0: &a0 {image: a:1.1}\n")
	for i := 1; i < 200; i++ {
		fmt.Fprintf(&bomb, "x-%d: &a%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 20), ","))
	}
	bomb.WriteString("services: {s: {<<: *a199}}\n")
	var merges strings.Builder
	merges.WriteString("x: &x {" + strings.Repeat("a: b, ", n) + "}\nservices:\n")
	for i := range n {
		fmt.Fprintf(&merges, "  s%d: {<<: *x}\n", i)
	}
	for name, src := range map[string]string{
		"bomb":     bomb.String(),
		"merges":   merges.String(),
		"deep":     "x-a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"deeper":   "services: " + strings.Repeat("{a: ", 20000),
		"one line": "services: {" + strings.Repeat("a: {image: 'n:1.1'}, ", n) + "}",
		"nested":   one(strings.Repeat("${A:-", 5000) + strings.Repeat("}", 5000)),
		"dollars":  one("'" + strings.Repeat("${A:-b}", 4000) + "'"),
		"long":     one("\"" + strings.Repeat("\\x41", 200000) + "\""),
		"inline":   "services:\n  a:\n    build:\n      dockerfile_inline: |\n" + strings.Repeat("        FROM a:${X:-1.1}\n", 1200),
		"laughs":   one("$V9"),
		"self":     "services: &s {a: &a {<<: [*s, *a], image: a:1.1}}",
		"alias":    "a: &a [*a]\nservices: {b: *a}",
	} {
		env := "V0=aaaaaaaaaa\n"
		for i := range 9 {
			env += fmt.Sprintf("V%d=%s\n", i+1, strings.Repeat(fmt.Sprintf("$V%d", i), 20))
		}
		start := time.Now()
		repo := fstest.MapFS{"compose.yml": {Data: []byte(src)}, ".env": {Data: []byte(env)}}
		list, err := New(nil).Extract(repo, "compose.yml")
		t.Logf("%s: %d dependencies, %v, %v", name, len(list), err, time.Since(start))
	}
}
