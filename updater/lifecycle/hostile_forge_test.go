package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/gitbranch/gitforge"
)

// A crowd is a forge on which strangers comment.
type crowd struct {
	*gitforge.Forge
	comments []forge.Comment
	err      error // of listing comments
	asked    int   // who may write
	said     int
}

// Comments implements forge.Commenter.
func (c *crowd) Comments(context.Context, string, time.Time) ([]forge.Comment, error) {
	return c.comments, c.err
}

// MayWrite implements forge.Commenter.
func (c *crowd) MayWrite(_ context.Context, _, user string) (bool, error) {
	c.asked++
	return user == "ada", nil
}

// Say implements forge.Commenter.
func (c *crowd) Say(context.Context, string, int, string, string) error {
	c.said++
	return nil
}

// TestHostileComments (F17, and the remarks on that other GitHub): comments that
// are not there do not end the pass; many commands of strangers cost one question
// for each stranger.
func TestHostileComments(t *testing.T) {
	command := func(id int64, author, body string) forge.Comment {
		return forge.Comment{ID: id, Number: 1, Author: author, Body: body, At: time.Date(2026, 11, 23, 11, 0, int(id), 0, time.UTC)}
	}
	var flood, many []forge.Comment
	for n := range int64(2000) {
		flood = append(flood, command(n+1, "eve", "/freshpin recreate"))
		many = append(many, command(n+1, fmt.Sprintf("eve%d", n%5), "/freshpin ignore "+strings.Repeat("x", int(n))))
	}
	for name, c := range map[string]struct {
		crowd       crowd
		asked, said int
		fails       bool
		warning     string
	}{
		"not there":   {crowd{err: fmt.Errorf("comments of shop: 404: %w", forge.ErrNotFound)}, 0, 0, false, "comments are not there"},
		"unreachable": {crowd{err: errors.New("502 Bad Gateway")}, 0, 0, true, ""},
		"flood":       {crowd{comments: flood}, 1, 1, false, ""},
		"many":        {crowd{comments: many}, 5, 1, false, ""},
		"no author":   {crowd{comments: []forge.Comment{command(1, "", "/freshpin rebase")}}, 1, 1, false, ""},
		"our words":   {crowd{comments: []forge.Comment{command(1, "eve", "/freshpin rebase <!-- freshpin:said x -->")}}, 0, 0, false, ""},
		"elsewhere":   {crowd{comments: []forge.Comment{{ID: 1, Number: 99, Author: "eve", Body: "/freshpin rebase"}}}, 0, 0, false, ""},
		"unknown":     {crowd{comments: []forge.Comment{command(1, "ada", "/freshpin \u202eetaerc"), command(2, "ada", "/freshpin \u202eetaerc")}}, 1, 1, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, map[string]string{"requirements.txt": "click==6.7\n"})
			k := keeper(t, dir)
			if got := outcomes(t, k); got != "opened requirements" {
				t.Fatal(got)
			}
			hub := c.crowd
			hub.Forge = k.Forge.(*gitforge.Forge)
			k.Forge = &hub
			report, err := k.Run(t.Context(), "shop")
			if (err != nil) != c.fails {
				t.Fatal(err)
			}
			if hub.asked != c.asked || hub.said != c.said {
				t.Errorf("%d questions who may write, %d comments; want %d and %d", hub.asked, hub.said, c.asked, c.said)
			}
			if !strings.Contains(strings.Join(report.Warnings, "\n"), c.warning) {
				t.Errorf("warnings: %q", report.Warnings)
			}
			if err == nil && (len(report.Groups) != 1 || report.Groups[0].What != "kept") {
				t.Errorf("%+v", report.Groups)
			}
		})
	}
}

// TestHostileState: a document that anybody with write access can put into the
// hidden ref is refused whole, or read; nothing panics and nothing is proposed twice.
func TestHostileState(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, "{}": true, "null": true, `{"schema":1}`: true, `{"schema":1,"unknown":[[[]]]}`: true,
		`{"schema":1,"open":{"freshpin/requirements":-1}}`: true, `{"schema":1,"open":{"freshpin/requirements":99999999}}`: true, `{"schema":1,"open":{"../../x":1}}`: true,
		`{"schema":1,"refused":[{"id":"","to":""}],"merged":[{}]}`: true, `{"schema":1,"verdict":{"x":null}}`: true, `{"schema":1,"chosen":["again:","x#y:z#1",""]}`: true,
		`{"schema":1,"seen":{"":"0001-01-01T00:00:00Z","a":"9999-12-31T23:59:59Z"}}`: true, `{"schema":1,"commented":"9999-12-31T23:59:59Z","comment":9223372036854775807}`: true,
		`{"schema":1,"told":[1,1,1,-5]}`: true, `{"schema":1,"split":["requirements","requirements"]}`: true, "{\"schema\":1,\"opening\":\"\\u202e\\u0000\"}": true,
		`{"schema":2}`: false, `{"schema":"1"}`: false, "[]": false, "x": false, `{"schema":1`: false, `{"schema":1}{}`: false, `{"schema":1e999}`: false,
		`{"schema":1,"seen":{"a":"yesterday"}}`: false, `{"schema":1,"open":{"a":1.5}}`: false, strings.Repeat("[", 20_000): false, "\xff\xfe{}": false,
		`{"schema":1,"opening":"` + strings.Repeat("x", 5<<20) + `"}`: false,
	} {
		dir := repository(t, map[string]string{"requirements.txt": "click==6.7\n"})
		k := keeper(t, dir)
		k.Forge = &stated{k.Forge.(*gitforge.Forge), []byte(text)}
		report, err := k.Run(t.Context(), "shop")
		if (err == nil) != ok {
			t.Errorf("%.60q: %v", text, err)
			continue
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 300) {
			t.Errorf("%.60q: the error is %d bytes long: %.100q", text, len(err.Error()), err)
		}
		if err == nil && len(report.Groups) > 1 {
			t.Errorf("%.60q: %+v", text, report.Groups)
		}
	}
}

// stated is a forge whose memory says what a test says.
type stated struct {
	*gitforge.Forge
	data []byte
}

// Recall implements forge.Memory.
func (s *stated) Recall(context.Context, string) ([]byte, string, error) { return s.data, "1", nil }

// Remember implements forge.Memory.
func (s *stated) Remember(context.Context, string, []byte, string) error { return nil }
