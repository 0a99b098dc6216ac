package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message/marks"
	"github.com/freshpin/freshpin/updater/plan"
)

// orders are what people asked for in comments since the last run.
type orders struct {
	rebuild  map[string]bool // branches to be built again
	all      bool            // every branch is to be built again
	override map[string]bool // also over the commits of others
	ignores  []Ignore        // asked for in this run

	writers map[string]bool // who may write, of those who have asked for something
	said    map[string]bool // what was said in this run, and below which number
}

// maxStrangers is how many people are asked about in one run. What others ask
// for is read in the next one: whoever has many accounts pays for none of ours.
const maxStrangers = 50

// errStrangers ends the reading of comments in this run.
var errStrangers = errors.New("more people have asked for something than one run asks about")

// mayWrite asks once for each person.
func (r *run) mayWrite(ctx context.Context, talker forge.Commenter, author string) (bool, error) {
	may, known := r.orders.writers[author]
	if known {
		return may, nil
	}
	if len(r.orders.writers) == maxStrangers {
		return false, errStrangers
	}
	may, err := talker.MayWrite(ctx, r.repo, author)
	if err == nil {
		r.orders.writers[author] = may
	}
	return may, err
}

// firstLook is how far back comments are read where nothing is remembered.
const firstLook = 90 * 24 * time.Hour

// listen reads the comments since the last run and follows the commands in them.
func (r *run) listen(ctx context.Context) error {
	r.orders = orders{rebuild: map[string]bool{}, override: map[string]bool{}, writers: map[string]bool{}, said: map[string]bool{}}
	talker, ok := r.Forge.(forge.Commenter)
	if !ok || len(r.open) == 0 && r.memory.Dashboard == 0 && len(r.memory.Refused) == 0 {
		return nil
	}
	since := r.memory.Commented
	if since.IsZero() {
		since = r.now.Add(-firstLook)
	}
	comments, err := talker.Comments(ctx, r.repo, since)
	if errors.Is(err, forge.ErrNotFound) { // what people may say there concerns no pin
		r.report.Warnings = append(r.report.Warnings, "comments are not there, so that no command in them is followed: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range comments {
		if c.ID <= r.memory.Comment {
			continue
		}
		if err := r.runCommand(ctx, talker, c); errors.Is(err, errStrangers) {
			r.report.Later = &forge.Deferred{Why: err.Error()}
			return nil
		} else if err != nil {
			return err
		}
		r.memory.Comment, r.memory.Commented = c.ID, c.At.UTC()
	}
	return nil
}

// runCommand follows the command in a comment, if there is one and its author may write.
func (r *run) runCommand(ctx context.Context, talker forge.Commenter, c forge.Comment) error {
	command, ok := marks.Command(c.Body)
	if !ok || !r.concerns(c.Number) || strings.Contains(c.Body, "<!-- freshpin:") { // the last: our own words
		return nil
	}
	may, err := r.mayWrite(ctx, talker, c.Author)
	if err != nil {
		return err
	}
	if !may {
		return r.say(ctx, talker, c.Number, "not-allowed", nil)
	}
	return r.follow(ctx, talker, c, command)
}

// concerns reports whether a pull request or issue is one of ours.
func (r *run) concerns(number int) bool {
	if number == r.memory.Dashboard {
		return number != 0
	}
	if slices.ContainsFunc(r.memory.Refused, func(f Refusal) bool { return f.Number == number }) {
		return true
	}
	return r.numbered(number) != nil
}

// numbered returns the open pull request of that number, nil if it is none of ours.
func (r *run) numbered(number int) *branch {
	for _, b := range r.open {
		if b.Number == number {
			return b
		}
	}
	return nil
}

func (r *run) follow(ctx context.Context, talker forge.Commenter, c forge.Comment, command marks.Order) error {
	b := r.numbered(c.Number)
	switch {
	case command.Name == "ignore" && command.Arg != "":
		ignore := Ignore{Name: command.Arg, Number: c.Number, By: c.Author}
		if b != nil {
			ignore.On = b.On
		}
		r.orders.ignores = append(r.orders.ignores, ignore)
		r.memory.Ignored = append(r.memory.Ignored, ignore)
	case command.Name == "recreate":
		r.memory.forgive(c.Number)
		if b != nil {
			r.memory.forget(b.Pairs)
			r.orders.rebuild[b.Branch], r.orders.override[b.Branch] = true, true
		}
	case command.Name == "rebase" && b != nil:
		r.orders.rebuild[b.Branch] = true
	case command.Name == "split" && b != nil:
		if group := scoped(b.On, unparted(b.Group)); !slices.Contains(r.memory.Split, group) {
			r.memory.Split = append(r.memory.Split, group)
		}
	default:
		return r.say(ctx, talker, c.Number, "unknown-command", command.Name+" "+command.Arg)
	}
	return nil
}

// answer says what became of the ignores of this run, once it is known what is there to ignore.
func (r *run) answer(ctx context.Context) error {
	talker, ok := r.Forge.(forge.Commenter)
	for _, i := range r.orders.ignores {
		found := r.any(func(item *plan.Item) bool { return named(item.Dependency, i.Name) })
		kind := "ignored"
		if !found {
			kind = "ignored-nothing"
			r.memory.Ignored = slices.DeleteFunc(r.memory.Ignored, func(old Ignore) bool { return old == i })
		}
		if !ok {
			continue
		}
		if err := r.say(ctx, talker, i.Number, kind, i.Name); err != nil {
			return err
		}
	}
	return nil
}

// say comments once: the same thing is not said twice below the same pull request.
func (r *run) say(ctx context.Context, talker forge.Commenter, number int, kind string, about any) error {
	mark := fmt.Sprintf("%s %v", kind, about)
	key := fmt.Sprintf("%d %s", number, mark)
	if r.orders.said[key] {
		return nil
	}
	text, err := r.comment(kind, about)
	if err == nil {
		err = talker.Say(ctx, r.repo, number, mark, text)
	}
	if err == nil && r.orders.said != nil {
		r.orders.said[key] = true
	}
	return err
}

func number(n int) string {
	if n == 0 {
		return "an earlier pull request"
	}
	return "#" + strconv.Itoa(n)
}
