package event

import (
	"bytes"
	"encoding/json"
	"errors"
)

// A List is a JSON array with a limited number of elements: otherwise a few
// megabytes of "{}," would decode to a gigabyte of memory.
type List[T any] []T

const maxList = 100_000 // elements

// ErrTooMany is the error for a longer list.
var ErrTooMany = errors.New("the list is too long")

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	if elements(data) > maxList {
		return ErrTooMany
	}
	return json.Unmarshal(data, (*[]T)(l))
}

// elements counts the elements of an array in a valid JSON document. It may count
// one too many.
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

// endOfString returns the index of the closing quote of the string that starts at i.
func endOfString(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		next := bytes.IndexAny(data[i:], `"\`)
		if next < 0 {
			return len(data)
		}
		if i += next; data[i] == '"' {
			return i
		}
		i++ // skip the escaped character
	}
	return i
}
