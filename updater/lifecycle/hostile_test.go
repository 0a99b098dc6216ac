package lifecycle

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message"
)

// a crowd is a forge on which strangers comment; it counts what is asked of it.
type crowd struct {
	comments   []forge.Comment
	asks, says int
}

func (c *crowd) Comments(context.Context, string, time.Time) ([]forge.Comment, error) {
	return c.comments, nil
}
func (c *crowd) MayWrite(_ context.Context, _, user string) (bool, error) {
	c.asks++
	return user == "ada", nil
}
func (c *crowd) Say(context.Context, string, int, string, string) error { c.says++; return nil }

// TestHostileCommands: many commands cost as much as one (F17).
func TestHostileCommands(t *testing.T) {
	for _, c := range []struct {
		name       string
		author     func(n int) string
		n          int
		asks, says int
		later      bool
	}{
		{"one stranger", func(int) string { return "eve" }, 2000, 1, 1, false},
		{"one who may", func(int) string { return "ada" }, 2000, 1, 1, false},
		{"two", func(n int) string { return []string{"eve", "mallory"}[n%2] }, 500, 2, 1, false},
		{"many", func(n int) string { return fmt.Sprint("eve", n) }, 2000, maxStrangers, 1, true},
	} {
		k := &crowd{}
		for n := range c.n {
			k.comments = append(k.comments, forge.Comment{ID: int64(n + 1), Number: 7, Author: c.author(n), Body: "/freshpin dance"})
		}
		words, err := message.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &run{Reconciler: &Reconciler{Forge: talking{crowd: k}, Message: words}, can: forge.AbilitiesOf(talking{crowd: k}), report: &Report{}, State: &decide.State{
			Memory: &decide.Memory{Schema: 1}, Open: map[string]*decide.Branch{"freshpin/x": {PullRequest: forge.PullRequest{Number: 7}}},
		}}
		if err := r.listen(t.Context()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if k.asks != c.asks || k.says != c.says || (r.report.Later != nil) != c.later {
			t.Errorf("%s: %d asked, %d said, later %v; want %d, %d, %t", c.name, k.asks, k.says, r.report.Later, c.asks, c.says, c.later)
		}
		if want := int64(c.n); !c.later && r.Memory.Comment != want || c.later && r.Memory.Comment != maxStrangers {
			t.Errorf("%s: read up to comment %d", c.name, r.Memory.Comment)
		}
	}
}

// talking is a forge with nothing but comments.
type talking struct {
	forge.Forge
	*crowd
}
