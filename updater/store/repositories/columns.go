package repositories

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// columns are the columns of table r that scan reads.
const columns = `r.id, r.name, r.forge_id, r.installation, r.branch, r.url, r.private, r.topics, r.state, r.reason,
	r.enrolled, r.removed, r.cron, r.timezone, r.next, r.wanted, r.begun, r.unsure, r.head, r.settled, r.known, r.asked, r.looked,
	r.n_pins, r.n_current, r.n_updates, r.n_held, r.n_skipped, r.n_failed, r.n_security, r.libyears`

func scan(row database.Scan) (r store.Repository, err error) {
	into := []any{
		&r.ID, &r.Name, &r.ForgeID, &r.Installation, &r.Branch, &r.URL, &r.Private, database.JSON(&r.Topics), &r.State, &r.Why,
		database.Moment(&r.Enrolled), &r.Removed, &r.Cron, &r.Timezone, database.Moment(&r.Next), &r.Wanted, &r.Begun, &r.Unsure,
		&r.Commit, &r.Settled, &r.Known, database.Moment(&r.Asked), database.Moment(&r.Looked),
	}
	err = row(append(into, ScanTotals(&r.Totals)...)...)
	return r, err
}

// TotalColumns are the columns that ScanTotals reads.
var TotalColumns = [...]string{"n_pins", "n_current", "n_updates", "n_held", "n_skipped", "n_failed", "n_security", "libyears"}

// ScanTotals returns what scans the columns of totals.
func ScanTotals(t *store.Totals) []any {
	return []any{&t.Pins, &t.Current, &t.Updates, &t.Held, &t.Skipped, &t.Failed, &t.Security, &t.Libyears}
}

// TotalArgs returns the values of the columns of totals.
func TotalArgs(t store.Totals) []any {
	return []any{t.Pins, t.Current, t.Updates, t.Held, t.Skipped, t.Failed, t.Security, t.Libyears}
}

// Sums returns the SQL for the sums of the columns of Totals.
func Sums(prefix string) string {
	var b strings.Builder
	for i, column := range TotalColumns {
		if i > 0 {
			b.WriteString(", ")
		}
		kind := "BIGINT"
		if column == "libyears" {
			kind = "DOUBLE PRECISION"
		}
		fmt.Fprintf(&b, "CAST(COALESCE(SUM(%s%s), 0) AS %s)", prefix, column, kind)
	}
	return b.String()
}

// NameKey returns a name for comparisons, because forges ignore case in names.
func NameKey(name string) string { return strings.ToLower(database.CleanText(name)) }
