package message

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	texttemplate "text/template"
	"text/template/parse"
	"unicode"
)

// The templates of mails to customers.
const (
	ThankYou             = "thank-you"
	AskForPhone          = "ask-for-phone"
	StillInterested      = "still-interested"
	TriedToReach         = "tried-to-reach"
	AppointmentSet       = "appointment-set"
	AppointmentMoved     = "appointment-moved"
	AppointmentCancelled = "appointment-cancelled"
	AppointmentReminder  = "appointment-reminder"
	Quote                = "quote"
	ThankYouSold         = "thank-you-sold"
	SoftReminder         = "soft-reminder" // to a customer who wanted to come by on his own initiative
	HandWritten          = "hand-written"  // what a person wrote, on the dealer's paper
)

// The templates of mails and text messages to staff.
const (
	NewLead                 = "new-lead"
	LeadReminder            = "lead-reminder"
	Escalation              = "escalation"
	Assigned                = "assigned"
	AttemptOverdue          = "attempt-overdue"
	AppointmentOutcomeAsked = "appointment-outcome-asked"
	ClosingProposed         = "closing-proposed"
	ClosingApproved         = "closing-approved"
	ClosingRejected         = "closing-rejected"
	CustomerActed           = "customer-acted"
	HandOver                = "hand-over"      // to a department, which is no member of staff
	MessageFailed           = "message-failed" // a mail to the customer did not arrive
	FollowUpDue             = "follow-up-due"
	FollowUpOverdue         = "follow-up-overdue"
	LeadAgain               = "lead-again"   // a customer from earlier is to be contacted again
	StaffPaused             = "staff-paused" // new leads pause for somebody (R24)
)

// The templates of mails to staff about their own account. They hold the key to
// it, so that there is no text message of them.
const (
	AccountInvitation = "invitation"
	PasswordReset     = "password-reset"
)

// The names by audience. Load holds the files against these lists.
var (
	customerNames = []string{
		ThankYou, AskForPhone, StillInterested, TriedToReach, AppointmentSet, AppointmentMoved,
		AppointmentCancelled, AppointmentReminder, Quote, ThankYouSold, SoftReminder, HandWritten,
	}
	staffNames = []string{
		NewLead, LeadReminder, Escalation, Assigned, AttemptOverdue, AppointmentOutcomeAsked,
		ClosingProposed, ClosingApproved, ClosingRejected, CustomerActed, HandOver, MessageFailed,
		FollowUpDue, FollowUpOverdue, LeadAgain, StaffPaused,
	}
	accountNames = []string{AccountInvitation, PasswordReset}
	offeredNames = []string{AskForPhone, StillInterested, TriedToReach, Quote, ThankYouSold}
)

// Names returns the templates a salesperson may send to a customer by name.
// The others are sent by the process, which knows their facts.
func Names() []string { return slices.Clone(offeredNames) }

// ForCustomers reports whether name is a template written to customers, and so
// one that a policy may name.
func ForCustomers(name string) bool { return slices.Contains(customerNames, name) }

// The longest subject and text message, in characters. A subject that long is
// cut off on every screen anyway; a text message is two parts.
const (
	maxSubject = 120
	maxSMS     = 300
)

// What the reader of a mail program and other robots are told, by RFC 3834, so
// that no out-of-office answers come back.
const autoSubmitted = "Auto-Submitted"

var (
	// ErrNoTemplate is returned by Render for a name that is not written.
	ErrNoTemplate = errors.New("no such mail template")
	errZone       = errors.New("data.Dealer.Zone is missing; set the dealer's time zone")
)

// Each language is a folder with customer/, staff/ and account/, one file per
// mail, which defines subject and body, and for staff sms. The words stand there once: the
// same body goes into the text and the HTML frame, and each frame has its own
// "break" between paragraphs and its own "button".
//
//go:embed templates
var files embed.FS

// Templates are all mails in all languages. It is immutable after Load and safe
// for concurrent use.
type Templates struct{ mails map[mailKey]*mailTemplate }

type mailKey struct{ language, name string }

type mailTemplate struct {
	frame string // the layout: customer, staff or account
	text  *texttemplate.Template
	html  *htmltemplate.Template
}

// Rendered is a mail in words. SMS is the same as a text message, "" when the
// template has none.
type Rendered struct {
	Subject, Text, HTML, SMS string
	Headers                  map[string]string // to be set on the mail
	Language                 string            // the one it is written in
}

// Load returns every template, parsed once for the whole process. Its error names
// the file that is missing a part or cannot be parsed, or that no mail uses.
func Load() (*Templates, error) { return shipped() }

var shipped = sync.OnceValues(func() (*Templates, error) {
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, fmt.Errorf("mail templates: %w", err)
	}
	return load(templates)
})

func load(templates fs.FS) (*Templates, error) {
	t := &Templates{mails: map[mailKey]*mailTemplate{}}
	used := map[string]bool{"layout.text.tmpl": true, "layout.html.tmpl": true}
	for _, language := range Languages() {
		used[language+"/words.tmpl"] = true
		for _, audience := range []struct {
			folder string
			names  []string
			parts  []string
		}{
			{"customer", customerNames, []string{"subject", "body"}},
			{"staff", staffNames, []string{"subject", "body", "sms"}},
			{"account", accountNames, []string{"subject", "body"}},
		} {
			for _, name := range audience.names {
				file := language + "/" + audience.folder + "/" + name + ".tmpl"
				mail, err := parseMail(templates, language, file, audience.parts)
				if err != nil {
					return nil, fmt.Errorf("mail template %s: %w", file, err)
				}
				mail.frame = audience.folder
				t.mails[mailKey{language, name}] = mail
				used[file] = true
			}
		}
	}
	err := fs.WalkDir(templates, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !used[path] {
			return fmt.Errorf("mail template %s: no mail uses this file", path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func parseMail(templates fs.FS, language, file string, parts []string) (*mailTemplate, error) {
	words := language + "/words.tmpl"
	text, err := texttemplate.New("mail").ParseFS(templates, "layout.text.tmpl", words, file)
	if err != nil {
		return nil, fmt.Errorf("as text: %w", err)
	}
	html, err := htmltemplate.New("mail").ParseFS(templates, "layout.html.tmpl", words, file)
	if err != nil {
		return nil, fmt.Errorf("as HTML: %w", err)
	}
	for _, part := range parts {
		if defined := text.Lookup(part); defined == nil || parse.IsEmptyTree(defined.Root) {
			return nil, fmt.Errorf("it does not define %q", part)
		}
	}
	return &mailTemplate{text: text, html: html}, nil
}

// Render writes the mail in the language asked for, else in the dealer's, else
// in English. It returns ErrNoTemplate for an unknown name, and an error that
// shows nothing of d when the dealer's zone is missing.
func (t *Templates) Render(name, language string, d Data) (Rendered, error) {
	language = pickLanguage(language, d.Dealer.Language)
	mail, ok := t.mails[mailKey{language, name}]
	if !ok {
		return Rendered{}, ErrNoTemplate
	}
	if d.Dealer.Zone == nil {
		return Rendered{}, errZone
	}
	v := newView(name, language, d)
	subject, err := mail.part("subject", v)
	if err != nil {
		return Rendered{}, err
	}
	text, err := mail.part(mail.frame, v)
	if err != nil {
		return Rendered{}, err
	}
	var html strings.Builder
	if err := mail.html.ExecuteTemplate(&html, mail.frame, v); err != nil {
		return Rendered{}, fmt.Errorf("mail template %s: %w", name, err)
	}
	out := Rendered{
		Subject: short(maxSubject, subject), Text: tidy(text), HTML: tidy(html.String()),
		Headers: headers(name, v.Links.Object), Language: language,
	}
	if mail.text.Lookup("sms") != nil {
		sms, err := mail.part("sms", v)
		if err != nil {
			return Rendered{}, err
		}
		out.SMS = short(maxSMS, sms)
	}
	return out, nil
}

// part executes one definition as text.
func (m *mailTemplate) part(part string, v *view) (string, error) {
	var out strings.Builder
	if err := m.text.ExecuteTemplate(&out, part, v); err != nil {
		// The package's errors quote the template and its types, not the data.
		return "", fmt.Errorf("mail template %s: %w", v.name, err)
	}
	return out.String(), nil
}

// headers tells mail programs and their robots what kind of mail this is.
func headers(name, object string) map[string]string {
	h := map[string]string{}
	switch name {
	case HandWritten:
	case ThankYou:
		h[autoSubmitted] = "auto-replied"
	default:
		h[autoSubmitted] = "auto-generated"
	}
	if len(h) > 0 {
		h["X-Auto-Response-Suppress"] = "All"
	}
	if link := "<" + object + ">"; ForCustomers(name) && object != "" && headerValue(link) {
		h["List-Unsubscribe"] = link
		// The button of the mail program itself, by RFC 8058, which wants https.
		if strings.HasPrefix(object, "https://") {
			h["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
		}
	}
	return h
}

var blankLines = regexp.MustCompile(`\n{3,}`)

// tidy takes out what templates leave behind and what no reader can see:
// spaces at line ends, more than one blank line, controls, broken UTF-8.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n")) + "\n"
}
