package version

// mostShared is how many parts an order may have that is kept once for all.
const mostShared = 3

// A short is an order of at most mostShared parts.
type short struct {
	n     int
	parts [mostShared]Part
}

// A sharer keeps equal texts and orders once.
type sharer struct {
	texts  map[string]string
	orders map[short][]Part
}

// Compact returns the candidates of a listing in as little memory as they need:
// equal texts and orders, of which there are few, are kept once, numbers stand
// in one array, and nothing is left free behind the list. A run holds hundreds
// of thousands of candidates. list is not to be used afterwards.
func Compact(list []Candidate) []Candidate {
	total := 0
	for n := range list {
		total += len(list[n].Version.Release)
	}
	s := sharer{texts: map[string]string{}, orders: map[short][]Part{}}
	// append may have reserved twice as much.
	if cap(list) > len(list) {
		list = append(make([]Candidate, 0, len(list)), list...)
	}
	numbers := make([]uint64, 0, total)
	for n := range list {
		c, v := &list[n], &list[n].Version
		for _, text := range []*string{&v.Track, &v.Prefix, &v.Variant, &v.Family, &v.Base, &c.Withdrawn, &c.Runtime, &c.Package, &c.ShownOnly} {
			*text = s.text(*text)
		}
		v.Order, v.BaseOrder = s.order(v.Order), s.order(v.BaseOrder)
		if from := len(numbers); len(v.Release) > 0 {
			numbers = append(numbers, v.Release...)
			// With this capacity, appending to a version cannot overwrite the next one.
			v.Release = numbers[from:len(numbers):len(numbers)]
		}
	}
	return list
}

func (s sharer) text(text string) string {
	if text == "" {
		return ""
	}
	if first, ok := s.texts[text]; ok {
		return first
	}
	s.texts[text] = text
	return text
}

func (s sharer) order(parts []Part) []Part {
	if len(parts) == 0 || len(parts) > mostShared {
		return parts
	}
	key := short{n: len(parts)}
	copy(key.parts[:], parts)
	if first, ok := s.orders[key]; ok {
		return first
	}
	parts = parts[:len(parts):len(parts)]
	s.orders[key] = parts
	return parts
}
