package database

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

	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID identifies our files for other programs, in the header of SQLite's format.
const applicationID = 0x46505354 // FPST

// pragmas are set on every connection. With WAL readers do not wait for the writer.
// NORMAL loses no transactions if a process is killed, and at most the last ones if
// the power fails. See https://www.sqlite.org/pragma.html.
var pragmas = [...]string{
	"auto_vacuum(INCREMENTAL)", "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)",
	"foreign_keys(1)", "journal_size_limit(67108864)", "cache_size(-16384)",
}

// openSQLite opens a file with one connection for writing and several for reading.
func (d *DB) openSQLite(ctx context.Context, path string) error {
	d.dialect, d.file = sqliteDialect(), path
	// SQLite would create the file with the permissions that the umask leaves.
	if err := Touch(path); err != nil {
		return err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// A transaction takes the lock when it begins: one that reads first, and then finds
	// another writer, would fail without waiting.
	if d.writer, err = sql.Open("sqlite", sqliteURL(full, "_txlock=immediate")); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1) // SQLite has one writer; those that wait here do not run into its time limit
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

// Touch creates a file for SQLite that other users cannot read, because it contains
// sessions and names of private repositories. SQLite gives its companion files the same
// mode. If all users may read an existing file, Touch removes that permission.
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

// cutOff returns an error for a file that ends in the middle of a page, because SQLite
// would read the rest as zeros. If there is a log, it may contain the page.
func cutOff(path string, size int64) error {
	const smallestPage = 512 // of all that SQLite allows, so that any file with whole pages passes
	if log, err := os.Stat(path + "-wal"); size%smallestPage == 0 || err == nil && log.Size() > 0 {
		return nil
	}
	return errors.New("the file is no SQLite database: give another path, or move it away; or it was cut off: restore a backup")
}

// shut restricts a database to its owner if all other users may access it. It leaves any
// other mode, which an operator may have chosen on purpose.
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

// untilFree repeats do while another process blocks it, because SQLite does not wait
// while a new file is switched to WAL.
func untilFree(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		if sqliteCode(err) != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// checking is the time limit of Sound. A file of a gigabyte takes longer.
const checking = 5 * time.Second

// Sound returns an error if a SQLite file is damaged, as far as that can be found in a
// few seconds: truncated, or with missing or exchanged pages. Other damage causes errors
// in the statements that read it.
func Sound(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, checking)
	defer cancel()
	var said string
	err := untilFree(ctx, func(ctx context.Context) error {
		return db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said)
	})
	switch {
	case ctx.Err() != nil:
		return nil // the file is too large to be read in this time, which is no damage
	case err != nil:
		return sqliteTrouble(err)
	case said != "ok":
		line, _, _ := strings.Cut(strings.TrimPrefix(said, "*** in database main ***\n"), "\n")
		return fmt.Errorf("the file is damaged: move it away, or restore a backup: %s", line)
	}
	return nil
}

// sqliteTrouble adds a hint to an error about a file.
func sqliteTrouble(err error) error {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_NOTADB:
		return errors.New("the file is no SQLite database: give another path, or move it away")
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged: move it away, or restore a backup: %w", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the file, or the folder it lies in, is not to be written: %w", err)
	}
	return err
}

// ours returns an error unless a file is empty or has the tables of Freshpin.
func ours(ctx context.Context, c Conn) error {
	var id, tables int64
	if err := c.Row(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := c.Row(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if id == applicationID {
		return nil
	}
	if id != 0 || tables > 0 {
		return errors.New("the file is the database of another program: give another path")
	}
	_, err := c.Exec(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return err
}
