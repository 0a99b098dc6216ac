package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message/markers"
)

// heard holds the state of the commands of one pass.
type heard struct {
	writers map[string]bool // write permission of the authors of commands
	said    map[string]bool // comments written in this run, by kind and number
}

// maxStrangers is the most authors whose permission is checked in one run. Further
// commands are read in the next run, so that an attacker with many accounts cannot
// use up our requests.
const maxStrangers = 50

// errStrangers stops the reading of comments in this run.
var errStrangers = errors.New("comments of more authors than one run checks for write permission")

// mayWrite reports whether an author may write, with one request for each author.
func (r *run) mayWrite(ctx context.Context, talker forge.Commenter, author string) (bool, error) {
	may, known := r.heard.writers[author]
	if known {
		return may, nil
	}
	if len(r.heard.writers) == maxStrangers {
		return false, errStrangers
	}
	may, err := talker.MayWrite(ctx, r.repo, author)
	if err == nil {
		r.heard.writers[author] = may
	}
	return may, err
}

// firstLook is the age limit of comments that are read without a memory.
const firstLook = 90 * 24 * time.Hour

// listen reads the comments since the last run and executes the commands in them.
func (r *run) listen(ctx context.Context) error {
	r.Orders = decide.Orders{Rebuild: map[string]bool{}, Override: map[string]bool{}}
	r.heard = heard{writers: map[string]bool{}, said: map[string]bool{}}
	talker := r.can.Commenter
	if talker == nil || len(r.Open) == 0 && r.Memory.Dashboard == 0 && len(r.Memory.Refused) == 0 {
		return nil
	}
	since := r.Memory.Commented
	if since.IsZero() {
		since = r.now.Add(-firstLook)
	}
	comments, err := talker.Comments(ctx, r.repo, since)
	if errors.Is(err, forge.ErrNotFound) { // the rest of the pass does not need comments
		r.report.Warnings = append(r.report.Warnings, "comments are not there, so that no command in them is followed: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range comments {
		// The time is that of the newest comment read, which the forge lists again.
		if c.ID <= r.Memory.Comment {
			continue
		}
		if err := r.runCommand(ctx, talker, c); errors.Is(err, errStrangers) {
			r.report.Later = &forge.Deferred{Why: err.Error()}
			return nil
		} else if err != nil {
			return err
		}
		// The next run goes on from here, also where this one stops early.
		r.Memory.Comment, r.Memory.Commented = c.ID, c.At.UTC()
	}
	return nil
}

// runCommand executes the command in a comment, if there is one and its author may write.
func (r *run) runCommand(ctx context.Context, talker forge.Commenter, c forge.Comment) error {
	command, ok := markers.Command(c.Body)
	if !ok || !r.concerns(c.Number) || strings.Contains(c.Body, "<!-- freshpin:") { // the last condition excludes our own comments
		return nil
	}
	may, err := r.mayWrite(ctx, talker, c.Author)
	if err != nil {
		return err
	}
	if !may {
		return r.say(ctx, c.Number, "not-allowed", nil)
	}
	return r.follow(ctx, talker, c, command)
}

// concerns reports whether a pull request or issue is ours.
func (r *run) concerns(number int) bool {
	if number == r.Memory.Dashboard {
		return number != 0
	}
	if slices.ContainsFunc(r.Memory.Refused, func(f decide.Declined) bool { return f.Number == number }) {
		return true
	}
	return r.numbered(number) != nil
}

// numbered returns our open pull request with that number, nil if there is none.
func (r *run) numbered(number int) *decide.Branch {
	for _, b := range r.Open {
		if b.Number == number {
			return b
		}
	}
	return nil
}

func (r *run) follow(ctx context.Context, talker forge.Commenter, c forge.Comment, command markers.Order) error {
	b := r.numbered(c.Number)
	switch {
	case command.Name == "ignore" && command.Arg != "":
		ignore := decide.Ignore{Name: command.Arg, Number: c.Number, By: c.Author}
		if b != nil {
			ignore.On = b.On
		}
		r.Orders.Ignores = append(r.Orders.Ignores, ignore)
		r.Memory.Ignored = append(r.Memory.Ignored, ignore)
	case command.Name == "recreate": // also on a closed pull request, which is then offered again
		r.Memory.Forgive(c.Number)
		if b != nil {
			r.Memory.Forget(b.Pairs)
			r.Orders.Rebuild[b.Branch], r.Orders.Override[b.Branch] = true, true
		}
	case command.Name == "rebase" && b != nil:
		r.Orders.Rebuild[b.Branch] = true
	case command.Name == "split" && b != nil:
		if group := decide.Scoped(b.On, decide.Unparted(b.Group)); !slices.Contains(r.Memory.Split, group) {
			r.Memory.Split = append(r.Memory.Split, group)
		}
	default:
		return r.say(ctx, c.Number, "unknown-command", command.Name+" "+command.Arg)
	}
	return nil
}

// say writes a comment, if the forge has comments, once of each kind on each pull
// request.
func (r *run) say(ctx context.Context, number int, kind string, about any) error {
	talker := r.can.Commenter
	if talker == nil {
		return nil
	}
	mark := fmt.Sprintf("%s %v", kind, about)
	key := fmt.Sprintf("%d %s", number, mark)
	if r.heard.said[key] {
		return nil
	}
	text, err := r.comment(kind, about)
	if err == nil {
		err = talker.Say(ctx, r.repo, number, mark, text)
	}
	if err == nil && r.heard.said != nil {
		r.heard.said[key] = true
	}
	return err
}
