package store

import (
	"context"
	"sync/atomic"
)

// counter counts bytes.
type counter struct{ n atomic.Int64 }

// Load returns a cached answer, or ErrNotFound.
func (d *DB) Load(ctx context.Context, key string) (e Entry, err error) {
	err = d.read(ctx, "look up a cached answer", func(ctx context.Context, c conn) error {
		return c.row(ctx, "SELECT host, url, heard, data FROM entries WHERE entry_key = $1", keyOf(key)).
			Scan(&e.Host, &e.URL, moment{&e.Heard}, &e.Data)
	})
	if err != nil {
		return Entry{}, err
	}
	if e.Key = key; e.Data == nil {
		e.Data = []byte{}
	}
	return e, nil
}

// Save caches an answer, unless it is larger than a sixteenth of Options.Cache. Whenever
// this process has saved that much, Save also trims the cache to Options.Cache, so that
// it may exceed its limit by a sixteenth for each process.
func (d *DB) Save(ctx context.Context, e Entry) error {
	size := int64(len(e.Data))
	if size > d.o.Cache/16 {
		return nil
	}
	heard := micros(e.Heard)
	if heard == 0 {
		heard = micros(d.now())
	}
	if e.Data == nil {
		e.Data = []byte{}
	}
	_, err := d.change(ctx, "cache an answer of "+e.Host, `INSERT INTO entries (entry_key, host, url, size, heard, data)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (entry_key) DO UPDATE SET host = excluded.host, url = excluded.url,
		size = excluded.size, heard = excluded.heard, data = excluded.data`, keyOf(e.Key), e.Host, e.URL, size, heard, e.Data)
	if err != nil || d.saved.n.Add(size+overhead) < d.o.Cache/16 {
		return err
	}
	return d.trim(ctx)
}

// overhead is the approximate size of a row without its answer, in bytes.
const overhead = 300

// Confirm records that a cached answer is still valid.
func (d *DB) Confirm(ctx context.Context, key string) error {
	_, err := d.change(ctx, "confirm a cached answer", "UPDATE entries SET heard = "+d.clock()+" WHERE entry_key = $1", keyOf(key))
	return err
}

// trim removes answers until the cache is within its limit, those saved or confirmed longest ago first.
func (d *DB) trim(ctx context.Context) error {
	d.saved.n.Store(0)
	var size int64
	err := d.read(ctx, "measure the cache", func(ctx context.Context, c conn) error {
		return c.row(ctx, "SELECT CAST(COALESCE(SUM(size + $1), 0) AS BIGINT) FROM entries", overhead).Scan(&size)
	})
	if err != nil || size <= d.o.Cache {
		return err
	}
	for over := size - d.o.Cache + d.o.Cache/16; over > 0; {
		freed, err := d.forget(ctx)
		if err != nil || freed == 0 {
			return err
		}
		over -= freed
	}
	return nil
}

// forget removes some answers and returns their size in bytes.
func (d *DB) forget(ctx context.Context) (freed int64, err error) {
	err = d.write(ctx, "forget cached answers", func(ctx context.Context, c conn) error {
		freed = 0
		return c.each(ctx, func(row func(...any) error) error {
			var size int64
			err := row(&size)
			freed += size + overhead
			return err
		}, "DELETE FROM entries WHERE entry_key IN (SELECT entry_key FROM entries ORDER BY heard LIMIT 50) RETURNING size")
	})
	return freed, err
}
