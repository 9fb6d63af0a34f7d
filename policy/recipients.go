package policy

import (
	"slices"
	"strings"
)

// The words that a recipient may be beside a group and an address, by where it
// stands.
var (
	escalationRoles = []Recipient{
		ToOwner, ToNextSalesperson, ToTeam, ToBDC, ToSalesManager, ToGeneralManager, ToMarketer,
	}
	assignRoles = []Recipient{
		ToNextSalesperson, ToFewestOpen, ToBDC, ToCustomerOwner, ToSalesManager, ToGeneralManager,
	}
	followUpRoles = []Recipient{ToOwner, ToBDC, ToSalesManager, ToGeneralManager, ToMarketer}
	approvalRoles = []Recipient{ToSalesManager, ToGeneralManager}
	// allRoles are the words that no group may have for its name.
	allRoles = append(slices.Clone(escalationRoles), ToCustomerOwner, ToFewestOpen)
)

// Members returns the e-mail addresses of the group that a recipient names,
// and false when it names none. The list is the policy's own; do not change it.
func (p *Policy) Members(r Recipient) ([]string, bool) {
	for i := range p.Groups {
		if p.Groups[i].Name == string(r) {
			return p.Groups[i].Staff, true
		}
	}
	return nil, false
}

// recipient reads one of the roles, the name of a group, or the e-mail address
// of a member of staff.
func (v value) recipient(roles ...Recipient) (Recipient, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	if slices.Contains(roles, Recipient(text)) || slices.Contains(v.doc.groups, text) {
		return Recipient(text), true
	}
	if isAddress(text) {
		address, ok := v.address()
		return Recipient(address), ok
	}
	words := wordsOf(roles)
	v.fault("%s is not known%s; write %s, a name under groups, or the e-mail address of a member of staff",
		show(text), suggest(text, slices.Concat(words, v.doc.groups)), strings.Join(words, ", "))
	return "", false
}
