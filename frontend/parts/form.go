// Package parts holds the components from which pages are built. Each has a
// story in the gallery for every state. They take the frame and plain values;
// none of them knows the database.
package parts

import (
	"slices"
	"sort"
)

// Form is what someone typed and what is wrong with it. A handler fills it from
// the request, adds a message per field with Fail and renders the same page
// again: nothing typed is lost. A nil *Form is an empty form.
type Form struct {
	// Values are the typed texts by field name; Lists the chosen values of
	// checkboxes.
	Values map[string]string
	Lists  map[string][]string
	// Errors are translated messages by field name; "" is about the whole form.
	Errors map[string]string
	// Key is the idempotency key of this form; empty leaves the field out.
	Key string
	// Prefix keeps the ids of two forms on one page apart.
	Prefix string

	order []string
}

// Problem is one line of the error summary; Field may be empty.
type Problem struct{ Field, Text string }

// NewForm is a form with first values (may be nil).
func NewForm(values map[string]string) *Form {
	if values == nil {
		values = map[string]string{}
	}
	return &Form{Values: values, Lists: map[string][]string{}, Errors: map[string]string{}}
}

// Value is the typed text of a field.
func (f *Form) Value(name string) string {
	if f == nil {
		return ""
	}
	return f.Values[name]
}

// Chosen tells whether a radio or checkbox value was chosen.
func (f *Form) Chosen(name, value string) bool {
	if f == nil {
		return false
	}
	typed, ok := f.Values[name]
	return ok && typed == value || slices.Contains(f.Lists[name], value)
}

// Error is the message of a field, or "".
func (f *Form) Error(name string) string {
	if f == nil {
		return ""
	}
	return f.Errors[name]
}

// Fail adds a translated message to a field ("" for the whole form). The first
// message of a field stays.
func (f *Form) Fail(name, text string) {
	if f.Errors == nil {
		f.Errors = map[string]string{}
	}
	if _, ok := f.Errors[name]; ok {
		return
	}
	f.Errors[name] = text
	f.order = append(f.order, name)
}

// Failed tells whether anything is wrong; put it into Frame.Failed too.
func (f *Form) Failed() bool { return f != nil && len(f.Errors) > 0 }

// Problems lists the messages in the order in which they were added.
func (f *Form) Problems() []Problem {
	if f == nil {
		return nil
	}
	names := slices.Clone(f.order)
	var rest []string
	for name := range f.Errors {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	sort.Strings(rest)
	var list []Problem
	for _, name := range append(names, rest...) {
		list = append(list, Problem{Field: name, Text: f.Errors[name]})
	}
	return list
}

// Order puts the messages in the order in which the fields stand on the page; those
// about the whole form and about other fields come first, as they were added.
func (f *Form) Order(names ...string) {
	sort.SliceStable(f.order, func(i, j int) bool {
		return slices.Index(names, f.order[i]) < slices.Index(names, f.order[j])
	})
}

// ID is the id of a field's control: the target of labels and of the summary.
func (f *Form) ID(name string) string {
	if f == nil {
		return "f-" + name
	}
	return f.Prefix + "f-" + name
}

// described is the value of aria-describedby for a field.
func (f *Form) described(name, hint string, more ...string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, f.ID(name)+"-hint")
	}
	if f.Error(name) != "" {
		ids = append(ids, f.ID(name)+"-error")
	}
	return joinIDs(append(ids, more...))
}

func joinIDs(ids []string) string {
	out := ""
	for _, id := range ids {
		if id == "" {
			continue
		}
		if out != "" {
			out += " "
		}
		out += id
	}
	return out
}
