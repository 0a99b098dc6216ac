package decide

import (
	"maps"
	"strings"
	"time"
)

// betweenDrafts is the minimum time between two drafts that leave the same ended release line.
const betweenDrafts = 30 * 24 * time.Hour

// LeavesLine reports whether the group is a draft that leaves an ended release line.
func (g *Group) LeavesLine() bool { return strings.HasPrefix(g.Key, lineKey) }

// tooSoon reports whether a draft of the same group was opened less than a month ago.
func (s *State) tooSoon(g *Group) bool {
	opened, ok := s.Memory.Lines[Scoped(g.On, g.Key)]
	return ok && g.LeavesLine() && s.Begun.Sub(opened) < betweenDrafts
}

// OpenedLine records that a draft was opened, and forgets expired records.
func (m *Memory) OpenedLine(key string, now time.Time) {
	if m.Lines == nil {
		m.Lines = map[string]time.Time{}
	}
	maps.DeleteFunc(m.Lines, func(_ string, opened time.Time) bool { return now.Sub(opened) >= betweenDrafts })
	m.Lines[key] = now.UTC().Truncate(time.Second)
}
