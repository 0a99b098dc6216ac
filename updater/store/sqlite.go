package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks our files for other programs, in the header of SQLite's format.
const applicationID = 0x46505354 // FPST

// pragmas are set on every connection. With WAL, readers do not wait for the
// writer; NORMAL loses no transaction when a process is killed, and at most the
// last ones when the power fails. See https://www.sqlite.org/pragma.html.
var pragmas = [...]string{
	"auto_vacuum(INCREMENTAL)", "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)",
	"foreign_keys(1)", "journal_size_limit(67108864)", "cache_size(-16384)",
}

// openSQLite opens a file with one connection that writes and several that read.
func (d *DB) openSQLite(ctx context.Context, path string) error {
	d.dialect, d.file = sqliteDialect(), path
	if err := Touch(path); err != nil {
		return err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if d.writer, err = sql.Open("sqlite", sqliteURL(full, "_txlock=immediate")); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if err := untilFree(ctx, d.writer.PingContext); err != nil {
		return sqliteTrouble(err)
	}
	if err := Sound(ctx, d.writer); err != nil {
		return err
	}
	if d.reader, err = sql.Open("sqlite", sqliteURL(full, "_pragma=query_only(1)")); err != nil {
		return err
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	d.reader.SetMaxOpenConns(readers)
	d.reader.SetMaxIdleConns(readers)
	return nil
}

func sqliteURL(path, more string) string {
	var b strings.Builder
	b.WriteString("file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + more)
	for _, p := range pragmas {
		b.WriteString("&_pragma=" + url.QueryEscape(p))
	}
	return b.String()
}

// Touch makes a file for SQLite that no other user can read: sessions and names
// of private repositories stand in it. The files beside it get the same mode
// from SQLite. Where all users may read a file that is there, that is taken back.
func Touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s: make it first", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return errors.New("this user may not write the file: give it another owner, or another path")
	case err != nil:
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := cutOff(path, info.Size()); err != nil {
		return err
	}
	return shut(path)
}

// cutOff refuses a file that ends in the middle of a page: SQLite would take the
// rest of the page for zeros. Where there is a log, that may hold the page.
func cutOff(path string, size int64) error {
	const smallestPage = 512
	if log, err := os.Stat(path + "-wal"); size%smallestPage == 0 || err == nil && log.Size() > 0 {
		return nil
	}
	return errors.New("the file is no SQLite database: give another path, or move it away; or it was cut off: restore a backup")
}

// shut takes a database away from all other users who may read it: whoever has
// chosen a mode for it has not chosen that.
func shut(path string) error {
	for _, file := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		info, err := os.Lstat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Mode().Perm()&0o007 == 0) {
			continue
		}
		if err == nil {
			err = os.Chmod(file, 0o600)
		}
		if err != nil {
			return fmt.Errorf("keep other users from reading the file: %w", err)
		}
	}
	return nil
}

// untilFree repeats what another process is in the way of: while a new file is
// switched to WAL, SQLite does not wait by itself.
func untilFree(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		var lite *sqlite.Error
		if err == nil || !errors.As(err, &lite) || lite.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// checking bounds how long Sound looks: a file of a gigabyte takes longer.
const checking = 5 * time.Second

// Sound looks whether a file of SQLite is damaged, as far as that is found in a
// few seconds: a truncated one, one in which pages are missing or mixed up. What
// is not found here is an error of the statement that comes upon it.
func Sound(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, checking)
	defer cancel()
	var said string
	err := untilFree(ctx, func(ctx context.Context) error {
		return db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	})
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return sqliteTrouble(err)
	case said != "ok":
		line, _, _ := strings.Cut(strings.TrimPrefix(said, "*** in database main ***\n"), "\n")
		return fmt.Errorf("the file is damaged: move it away, or restore a backup: %s", line)
	}
	return nil
}

// sqliteTrouble says what is wrong with a file, and what to do about it.
func sqliteTrouble(err error) error {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return err
	}
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return errors.New("the file is no SQLite database: give another path, or move it away")
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged: move it away, or restore a backup: %w", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the file, or the folder it lies in, is not to be written: %w", err)
	}
	return err
}

// ours reports whether a file has no tables yet, or those of Freshpin.
func ours(ctx context.Context, c conn) error {
	var id, tables int64
	if err := c.row(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := c.row(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if id == applicationID {
		return nil
	}
	if id != 0 || tables > 0 {
		return errors.New("the file is the database of another program: give another path")
	}
	_, err := c.exec(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}
