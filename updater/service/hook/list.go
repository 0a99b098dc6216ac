package hook

import (
	"bytes"
	"encoding/json"
	"errors"
)

// A list is an array of which no more is decoded than may honestly be there: a
// few megabytes of "{}," would otherwise become a gigabyte of memory.
type list[T any] []T

const maxList = 100_000 // elements

var errTooMany = errors.New("a list is too long")

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	if elements(data) > maxList {
		return errTooMany
	}
	return json.Unmarshal(data, (*[]T)(l))
}

// elements counts those of an array, in a JSON document that is known to be valid.
// It may count one too many.
func elements(data []byte) int {
	count, depth := 1, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = endOfString(data, i)
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 1 {
				count++
			}
		}
	}
	return count
}

// endOfString returns where the string that starts at i has its last quote.
func endOfString(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		next := bytes.IndexAny(data[i:], `"\`)
		if next < 0 {
			return len(data)
		}
		if i += next; data[i] == '"' {
			return i
		}
		i++ // what is escaped
	}
	return i
}
