package composerules

import (
	"cmp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// asMapping returns the edits that turn a list of names into a mapping; false if
// the list has anything but plain names.
func asMapping(src string, list *merged.Node) (edits []ecosystems.Edit, ok bool) {
	for _, item := range list.Items {
		at := item.At
		if item.Kind != merged.Scalar || at.End > len(src) || at.Start == at.End || strings.ContainsAny(item.Raw, ":/${}\n ") {
			return nil, false
		}
		text := src[at.Start:at.End]
		if list.Flow {
			edits = append(edits, ecosystems.Edit{At: at, Old: text, New: text + ": {}"})
			continue
		}
		begin := strings.LastIndexByte(src[:at.Start], '\n') + 1
		dash := strings.TrimLeft(src[begin:at.Start], " ")
		if !strings.HasPrefix(dash, "-") || strings.Trim(dash, "- ") != "" {
			return nil, false
		}
		start := at.Start - len(dash)
		indent := ""
		if start == begin { // a list may have the indentation of its key, a mapping may not
			indent = "  "
		}
		edits = append(edits, ecosystems.Edit{At: ecosystems.Span{File: at.File, Start: start, End: at.End}, Old: src[start:at.End], New: indent + text + ":"})
	}
	if !list.Flow {
		return edits, true
	}
	return brackets(src, list, edits)
}

// brackets adds the edits that turn the brackets around a list into braces.
func brackets(src string, list *merged.Node, edits []ecosystems.Edit) ([]ecosystems.Edit, bool) {
	last := list.Items[len(list.Items)-1].At.End
	open, shut := list.At.Start, strings.IndexByte(src[last:], ']')
	if shut < 0 || open >= len(src) || src[open] != '[' || strings.Trim(src[last:last+shut], ", \t\r\n") != "" {
		return nil, false
	}
	shut += last
	return append(edits,
		ecosystems.Edit{At: ecosystems.Span{File: list.At.File, Start: open, End: open + 1}, Old: "[", New: "{"},
		ecosystems.Edit{At: ecosystems.Span{File: list.At.File, Start: shut, End: shut + 1}, Old: "]", New: "}"}), true
}

// moveLimits returns the edits that move limits from deploy.resources into its key limits.
func moveLimits(s judged.Service, resources *merged.Node, stray []merged.Field) (edits []ecosystems.Edit, ok bool) {
	src := s.File.Source
	limits, there := resources.Field("limits")
	for _, f := range stray {
		if f.At.File != s.File.Name || f.Value.Kind != merged.Scalar || f.Value.At.End > len(src) || f.At.Start > f.Value.At.Start {
			return nil, false
		}
		if there && limits.Value.Get(f.Key) != nil {
			return nil, false // ambiguous: both places have this limit
		}
	}
	switch {
	case resources.Flow:
		return flowLimits(src, resources, stray, there)
	case there:
		return intoLimits(src, limits, stray)
	}
	return belowLimits(src, stray)
}

// flowLimits returns the edits that turn {memory: 50M} into {limits: {memory: 50M}}.
func flowLimits(src string, resources *merged.Node, stray []merged.Field, there bool) ([]ecosystems.Edit, bool) {
	if there || len(stray) != len(resources.Fields) {
		return nil, false
	}
	first, last := stray[0].At, stray[len(stray)-1].Value.At
	return []ecosystems.Edit{judged.Insert(first.File, first.Start, "limits: {"), judged.Insert(first.File, last.End, "}")}, true
}

// belowLimits returns the edits that add "limits:" above consecutive lines with limits and indent those lines.
func belowLimits(src string, stray []merged.Field) (edits []ecosystems.Edit, ok bool) {
	for i, f := range stray {
		begin := strings.LastIndexByte(src[:f.At.Start], '\n') + 1
		indent := src[begin:f.At.Start]
		_, eol := judged.LineAt(src, f.At.Start)
		if strings.Trim(indent, " ") != "" {
			return nil, false
		}
		if i > 0 {
			before := stray[i-1].Value.At.End
			if between, _ := judged.LineAt(src, before); strings.TrimSpace(src[before+len(between):f.At.Start]) != "" {
				return nil, false // another key or a comment is between them
			}
			edits = append(edits, judged.Insert(f.At.File, begin, "  "))
			continue
		}
		edits = append(edits, judged.Insert(f.At.File, begin, indent+"limits:"+cmp.Or(eol, "\n")+"  "))
	}
	return edits, true
}

// intoLimits returns the edits that move lines with limits into an existing key limits.
func intoLimits(src string, limits merged.Field, stray []merged.Field) (edits []ecosystems.Edit, ok bool) {
	if limits.Value.Kind != merged.Mapping || limits.Value.Flow || len(limits.Value.Fields) == 0 {
		return nil, false
	}
	first := limits.Value.Fields[0].At
	to := strings.LastIndexByte(src[:first.Start], '\n') + 1
	indent := src[to:first.Start]
	if strings.Trim(indent, " ") != "" || first.File != limits.At.File {
		return nil, false
	}
	moved := ""
	for _, f := range stray {
		begin := strings.LastIndexByte(src[:f.At.Start], '\n') + 1
		line, eol := judged.LineAt(src, f.At.Start)
		end := f.At.Start + len(line) + len(eol)
		if strings.Trim(src[begin:f.At.Start], " ") != "" || f.Value.At.End > end {
			return nil, false
		}
		moved += indent + line + cmp.Or(eol, "\n")
		edits = append(edits, ecosystems.Edit{At: ecosystems.Span{File: f.At.File, Start: begin, End: end}, Old: src[begin:end]})
	}
	return append(edits, judged.Insert(first.File, to, moved)), true
}
