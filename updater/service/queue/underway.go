package queue

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// settling is how long a job that ended counts as under way, because River stores its
// end a little later, and tries again if the database does not answer.
const settling = time.Minute

// underway holds the jobs that this process works on. It is safe for concurrent use.
type underway struct {
	mu   sync.Mutex
	jobs map[int64]time.Time // when the job ended; zero while it runs
}

func (u *underway) begin(id int64) { u.set(id, time.Time{}) }

func (u *underway) end(id int64) { u.set(id, time.Now()) }

func (u *underway) set(id int64, ended time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.jobs == nil {
		u.jobs = map[int64]time.Time{}
	}
	u.jobs[id] = ended
}

// ids returns the jobs under way, and forgets those that ended long ago.
func (u *underway) ids() []int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.jobs, func(_ int64, ended time.Time) bool { return !ended.IsZero() && time.Since(ended) > settling })
	return slices.AppendSeq([]int64{}, maps.Keys(u.jobs)) // not nil, which Postgres takes for NULL
}
