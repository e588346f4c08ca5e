package parts

// CodeSent is the field for the code that went to a shortened contact, where people
// without an account take part: it can be asked for again, and the contact be changed.
func CodeSent(to string, again bool) *CodeProps {
	return &CodeProps{Name: "code", SentTo: to, Resent: again, ResendName: "again", ChangeName: "change"}
}
