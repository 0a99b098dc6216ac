package repositories

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Put adds unknown repositories (State Waiting) and updates the forge's
// data of known ones: name, ForgeID, Installation, Branch, URL, Private, Topics,
// Removed=false. It finds them by ForgeID first, so that a renamed repository keeps its
// history, and leaves the results of passes unchanged. If the name of a known
// repository now belongs to another one, the former counts as removed until it is
// listed under its new name. Of two entries for a repository the later one is used.
func (s Store) Put(ctx context.Context, list []store.Repository) error {
	list = lastOfEach(list)
	if len(list) == 0 {
		return nil
	}
	return s.db.Write(ctx, fmt.Sprintf("keep %d repositories", len(list)), func(ctx context.Context, c database.Conn) error {
		if err := c.Lock(ctx, Lock); err != nil {
			return err
		}
		has, err := known(ctx, c, list)
		if err != nil {
			return err
		}
		if err := s.freeNames(ctx, c, has, list); err != nil {
			return err
		}
		return putRepositories(ctx, c, has, list)
	})
}

// lastOfEach returns the last one of several entries with the same number or name.
func lastOfEach(list []store.Repository) []store.Repository {
	ids, names := map[int64]bool{}, map[string]bool{}
	var last []store.Repository
	for _, r := range slices.Backward(list) {
		key := NameKey(r.Name)
		if names[key] || r.ForgeID != 0 && ids[r.ForgeID] {
			continue
		}
		names[key], ids[r.ForgeID] = true, true
		last = append(last, r)
	}
	slices.Reverse(last)
	return last
}

// A holder is an existing row.
type holder struct {
	id, forgeID int64
	key         string
}

// A register finds rows by the forge's id and by name.
type register struct {
	byForge map[int64]holder
	byName  map[string]holder
}

// of returns the row of a repository: the one with its id, else the one with its name
// unless that is known to be another repository.
func (g register) of(r store.Repository) (holder, bool) {
	if h, ok := g.byForge[r.ForgeID]; ok && r.ForgeID != 0 {
		return h, true
	}
	h, ok := g.byName[NameKey(r.Name)]
	return h, ok && (h.forgeID == 0 || r.ForgeID == 0)
}

func known(ctx context.Context, c database.Conn, list []store.Repository) (register, error) {
	g := register{byForge: map[int64]holder{}, byName: map[string]holder{}}
	err := database.Chunks(list, database.AtOnce, func(some []store.Repository) error {
		var ids, names []any
		for _, r := range some {
			ids, names = append(ids, r.ForgeID), append(names, NameKey(r.Name))
		}
		return c.Each(ctx, func(row database.Scan) error {
			var h holder
			err := row(&h.id, &h.forgeID, &h.key)
			g.byForge[h.forgeID], g.byName[h.key] = h, h
			return err
		}, "SELECT id, forge_id, name_key FROM repositories WHERE forge_id IN ("+database.Places(1, len(ids))+
			") AND forge_id <> 0 OR name_key IN ("+database.Places(1+len(ids), len(names))+")", append(ids, names...)...)
	})
	return g, err
}

// freeNames removes the names of rows that are about to get another name, or whose
// name now belongs to another repository.
func (s Store) freeNames(ctx context.Context, c database.Conn, has register, list []store.Repository) error {
	named := map[int64]string{}
	for _, r := range list {
		if h, ok := has.of(r); ok {
			named[h.id] = NameKey(r.Name)
		}
	}
	for _, r := range list {
		h, taken := has.byName[NameKey(r.Name)]
		if !taken || named[h.id] == h.key {
			continue
		}
		// A # cannot be the name of another repository, because that has a slash.
		_, err := c.Exec(ctx, `UPDATE repositories SET name_key = $1,
			removed_at = CASE WHEN removed THEN removed_at ELSE `+s.db.Clock()+` END, removed = TRUE WHERE id = $2`,
			fmt.Sprintf("#%d", h.id), h.id)
		if err != nil {
			return err
		}
	}
	return nil
}

// putRepositories writes rows: known ones with their number, new ones get one.
func putRepositories(ctx context.Context, c database.Conn, has register, list []store.Repository) error {
	var known, fresh [][]any
	for _, r := range list {
		row := []any{r.Name, NameKey(r.Name), r.ForgeID, r.Installation, r.Branch, r.URL, r.Private, database.ListJSON(r.Topics), string(store.Waiting)}
		h, ok := has.of(r)
		if !ok {
			fresh = append(fresh, row)
			continue
		}
		if r.ForgeID == 0 {
			row[2] = h.forgeID
		}
		known = append(known, append(row, h.id))
	}
	const columns = "name, name_key, forge_id, installation, branch, url, private, topics, state"
	// An insertion that always collides: many rows change in one round trip.
	err := c.Insert(ctx, "INSERT INTO repositories ("+columns+", id) VALUES", `ON CONFLICT (id) DO UPDATE SET
		name = excluded.name, name_key = excluded.name_key, forge_id = excluded.forge_id, installation = excluded.installation,
		branch = excluded.branch, url = excluded.url, private = excluded.private, topics = excluded.topics,
		removed = FALSE, removed_at = 0`, known)
	if err != nil {
		return err
	}
	return c.Insert(ctx, "INSERT INTO repositories ("+columns+") VALUES", "", fresh)
}
