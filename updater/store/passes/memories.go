package passes

import (
	"context"
	"fmt"
	"strconv"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Recall returns the memory of package lifecycle for a repository and its version; nil and "" if there is none.
func (s Store) Recall(ctx context.Context, id int64) (data []byte, version string, err error) {
	err = s.db.Read(ctx, fmt.Sprintf("recall repository %d", id), func(ctx context.Context, c database.Conn) error {
		return c.Each(ctx, func(row database.Scan) error {
			var n int64
			err := row(&data, &n)
			version = strconv.FormatInt(n, 10)
			return err
		}, "SELECT data, version FROM memories WHERE repository = $1", id)
	})
	return data, version, err
}

// Remember replaces the memory. It returns ErrTaken if version is not the newest, and ErrNotFound if the repository does not exist.
func (s Store) Remember(ctx context.Context, id int64, data []byte, version string) error {
	if data == nil {
		data = []byte{}
	}
	return s.db.Write(ctx, fmt.Sprintf("remember repository %d", id), func(ctx context.Context, c database.Conn) error {
		// Without it, a repository that is gone would look like one whose memory another pass has replaced.
		if err := c.Row(ctx, "SELECT id FROM repositories WHERE id = $1", id).Scan(new(int64)); err != nil {
			return err
		}
		var n int64
		var err error
		if version == "" {
			n, err = c.Exec(ctx, "INSERT INTO memories (repository, data, version) VALUES ($1, $2, 1) ON CONFLICT (repository) DO NOTHING", id, data)
		} else if was, bad := strconv.ParseInt(version, 10, 64); bad == nil {
			n, err = c.Exec(ctx, "UPDATE memories SET data = $1, version = version + 1 WHERE repository = $2 AND version = $3", data, id, was)
		}
		if err == nil && n == 0 {
			err = store.ErrTaken
		}
		return err
	})
}
