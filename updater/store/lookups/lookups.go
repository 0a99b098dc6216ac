// Package lookups has the answers of registries and indexes that all processes share.
package lookups

import (
	"context"
	"sync/atomic"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the cached answers of registries and indexes, up to a limit.
type Store struct {
	db    *database.DB
	limit int64        // in bytes
	saved atomic.Int64 // bytes since the last Trim
}

// New returns the cached answers in a database, which are to take at most limit bytes;
// 0 means 1 GiB.
func New(db *database.DB, limit int64) *Store {
	if limit <= 0 {
		limit = 1 << 30
	}
	return &Store{db: db, limit: limit}
}

// Load returns a cached answer, or ErrNotFound.
func (s *Store) Load(ctx context.Context, key string) (store.Entry, error) {
	return database.One(ctx, s.db, "look up a cached answer", func(row database.Scan) (store.Entry, error) {
		e := store.Entry{Key: key}
		err := row(&e.Host, &e.URL, database.Moment(&e.Heard), &e.Data)
		if e.Data == nil { // as SQLite returns an empty one
			e.Data = []byte{}
		}
		return e, err
	}, "SELECT host, url, heard, data FROM entries WHERE entry_key = $1", database.KeyOf(key))
}

// Save caches an answer, unless it is larger than a sixteenth of the limit. Whenever
// this process has saved that much, Save also trims the cache to the limit, so that
// it may exceed its limit by a sixteenth for each process.
func (s *Store) Save(ctx context.Context, e store.Entry) error {
	size := int64(len(e.Data))
	if size > s.limit/16 {
		return nil
	}
	heard := database.Micros(e.Heard)
	if heard == 0 {
		heard = database.Micros(s.db.Now())
	}
	if e.Data == nil {
		e.Data = []byte{}
	}
	_, err := s.db.Change(ctx, "cache an answer of "+e.Host, `INSERT INTO entries (entry_key, host, url, size, heard, data)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (entry_key) DO UPDATE SET host = excluded.host, url = excluded.url,
		size = excluded.size, heard = excluded.heard, data = excluded.data`, database.KeyOf(e.Key), e.Host, e.URL, size, heard, e.Data)
	if err != nil || s.saved.Add(size+overhead) < s.limit/16 {
		return err
	}
	return s.Trim(ctx)
}

// overhead is the approximate size of a row without its answer, in bytes.
const overhead = 300

// Confirm records that a cached answer is still valid.
func (s *Store) Confirm(ctx context.Context, key string) error {
	_, err := s.db.Change(ctx, "confirm a cached answer", "UPDATE entries SET heard = "+s.db.Clock()+" WHERE entry_key = $1", database.KeyOf(key))
	return err
}

// Trim removes answers until the cache is within its limit, those saved or confirmed longest ago first.
func (s *Store) Trim(ctx context.Context) error {
	s.saved.Store(0)
	var size int64
	err := s.db.Read(ctx, "measure the cache", func(ctx context.Context, c database.Conn) error {
		return c.Row(ctx, "SELECT CAST(COALESCE(SUM(size + $1), 0) AS BIGINT) FROM entries", overhead).Scan(&size)
	})
	if err != nil || size <= s.limit {
		return err
	}
	// A sixteenth more than it must, so that the next answer does not trim again.
	for over := size - s.limit + s.limit/16; over > 0; {
		freed, err := s.forget(ctx)
		if err != nil || freed == 0 {
			return err
		}
		over -= freed
	}
	return nil
}

// forget removes some answers and returns their size in bytes.
func (s *Store) forget(ctx context.Context) (freed int64, err error) {
	err = s.db.Write(ctx, "forget cached answers", func(ctx context.Context, c database.Conn) error {
		freed = 0
		return c.Each(ctx, func(row database.Scan) error {
			var size int64
			err := row(&size)
			freed += size + overhead
			return err
		}, "DELETE FROM entries WHERE entry_key IN (SELECT entry_key FROM entries ORDER BY heard LIMIT 50) RETURNING size")
	})
	return freed, err
}
