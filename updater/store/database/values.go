package database

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Micros returns a time in the format of the tables: microseconds, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Moment returns what scans a column with a time into t.
func Moment(t *time.Time) sql.Scanner { return moment{t} }

type moment struct{ t *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("time is %T", v)
	}
	*m.t = TimeOf(n)
	return nil
}

// TimeOf returns the time of a column, see Micros.
func TimeOf(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// JSON returns what scans a column with JSON into a value; "" is the zero value.
func JSON(into any) sql.Scanner { return fromJSON{into} }

type fromJSON struct{ into any }

// Scan implements sql.Scanner.
func (j fromJSON) Scan(v any) error {
	var text []byte
	switch v := v.(type) {
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		return fmt.Errorf("JSON is %T", v)
	}
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, j.into)
}

// ListJSON returns a list as JSON: "" for an empty one.
func ListJSON[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return AsJSON(list)
}

// AsJSON returns a value as JSON.
func AsJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // cannot fail for text, numbers and times
	}
	return zeroBytes.Replace(string(text))
}

// Hash returns the hash of rows as JSON, to tell whether they have changed.
func Hash[T any](rows []T) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(rows) // cannot fail for text, numbers and times
	return hex.EncodeToString(h.Sum(nil))
}

// zeroBytes removes zero bytes from JSON, like cleanText. It matches escaped
// backslashes first, so that an escaped "\\u0000" stays unchanged.
var zeroBytes = strings.NewReplacer(`\\`, `\\`, `\u0000`, `\ufffd`)

// clean cleans untrusted text in arguments, because Postgres refuses zero bytes and
// invalid UTF-8.
func clean(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = CleanText(s)
		}
	}
	return args
}

// CleanText replaces what Postgres refuses.
func CleanText(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// maxKey is the length limit of indexed text, in bytes. Postgres can index about 2,700
// bytes of a row.
const maxKey = 400

// Clip shortens text for an index.
func Clip(s string) string {
	s = CleanText(s)
	if len(s) <= maxKey {
		return s
	}
	n := maxKey
	// Postgres refuses text that ends in the middle of a character.
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// KeyOf returns text as the key of a row: itself, or its hash if it is long.
func KeyOf(s string) string {
	s = CleanText(s)
	if len(s) <= maxKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}
