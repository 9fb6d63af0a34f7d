package message

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/doorbell-ilm/doorbell/lead"
)

// smtpTimeout is how long one delivery may take, dialling included.
const smtpTimeout = 30 * time.Second

// SMTP sends mail through a mail server, one connection per mail.
//
// It is the way for a dealer with a mail server of his own, so a few mails a
// minute; a connection each keeps a broken one from spoiling the next mail.
type SMTP struct {
	host           string
	port           int
	user, password string
	implicitTLS    bool // smtps: encrypted from the first byte
	startTLS       bool
	timeout        time.Duration
	tls            *tls.Config
}

// NewSMTP reads an address of the form
//
//	smtp://user:password@host:port     STARTTLS demanded, port 587
//	smtps://user:password@host:port    TLS from the start, port 465
//	smtp://host:port?tls=none          no encryption, port 25, no password
//
// User and password are percent-encoded and may be absent. One send takes at
// most timeout; zero means 30 seconds. The error never repeats the address.
func NewSMTP(address string, timeout time.Duration) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, errors.New("SMTP_URL: not an address; write it like smtp://user:password@mail.dealer.example:587")
	}
	s := &SMTP{host: u.Hostname(), timeout: timeout}
	if s.timeout <= 0 {
		s.timeout = smtpTimeout
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	switch mode := u.Query().Get("tls"); {
	case u.Scheme == "smtps" && mode == "":
		s.implicitTLS, s.port = true, 465
	case u.Scheme == "smtp" && (mode == "" || mode == "starttls"):
		s.startTLS, s.port = true, 587
	case u.Scheme == "smtp" && mode == "none":
		s.port = 25
		if s.user != "" {
			return nil, errors.New("SMTP_URL: a password is not sent without encryption; leave out tls=none or the password")
		}
	default:
		return nil, errors.New("SMTP_URL: unknown form; begin with smtp:// or smtps://, and with smtp:// add ?tls=starttls or ?tls=none")
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("SMTP_URL: the port is not between 1 and 65535")
		}
	}
	s.tls = &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	return s, nil
}

// Name returns "smtp".
func (s *SMTP) Name() string { return "smtp" }

// Send delivers the mail to the server. An answer of 4yz is Retry and of 5yz
// Final, whichever command it answers. Without an answer it is Retry, unless
// the mail was written to its end: then it is Ambiguous.
//
// The Message-ID is made from m.ID, so that a mail sent twice after an
// ambiguous failure is the same mail to the customer's mail program.
func (s *SMTP) Send(ctx context.Context, m Message) (Receipt, error) {
	m, err := checked(m)
	if err != nil {
		return Receipt{}, err
	}
	if m.Channel != lead.Email {
		return Receipt{}, final("smtp_mail_only")
	}
	id := m.ID + m.From.Email[strings.LastIndexByte(m.From.Email, '@'):]
	msg, err := smtpMail(m, id)
	if err != nil {
		return Receipt{}, final("smtp_message")
	}

	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = s.deliver(ctx, msg)
	// A server may break off after it took the mail; what counts is that it did.
	if err != nil && !msg.IsDelivered() {
		return Receipt{}, smtpFailure(err)
	}
	return Receipt{Provider: s.Name(), ProviderID: id}, nil
}

// deliver opens a connection, sends the one mail and says goodbye.
func (s *SMTP) deliver(ctx context.Context, msg *mail.Msg) error {
	// go-mail looks at the context only while it dials. Closing the connection
	// is what makes a cancelled send return. Send cancels the context at its end,
	// so that no connection outlives it.
	dial := func(dialCtx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if s.implicitTLS {
			return tls.Client(conn, s.tls), nil
		}
		return conn, nil
	}
	policy := mail.NoTLS
	if s.startTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(s.timeout), mail.WithDialContextFunc(dial),
		mail.WithTLSPolicy(policy), mail.WithTLSConfig(s.tls), mail.WithoutNoop(), mail.WithoutRset(),
	}
	if s.implicitTLS {
		options = append(options, mail.WithSSL())
	}
	if s.user != "" {
		// NewSMTP demanded encryption, so the plain mechanisms are safe here.
		options = append(options, mail.WithUsername(s.user), mail.WithPassword(s.password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	return nil
}

// smtpFailure reads what went wrong from go-mail's error, whose text repeats
// addresses and is dropped.
func smtpFailure(err error) *Failure {
	var code int
	var sent *mail.SendError
	var answer *textproto.Error
	switch {
	case errors.As(err, &sent):
		code = sent.ErrorCode()
		if code == 0 && sent.Reason == mail.ErrSMTPDataClose {
			return &Failure{Kind: Ambiguous, Code: "smtp_no_answer"}
		}
	case errors.As(err, &answer):
		code = answer.Code
	}
	switch {
	case code >= 500:
		return final("smtp_" + strconv.Itoa(code))
	case code >= 400:
		return &Failure{Kind: Retry, Code: "smtp_" + strconv.Itoa(code)}
	default:
		return &Failure{Kind: Retry, Code: "smtp_unreachable"}
	}
}

// smtpMail is the mail as MIME.
func smtpMail(m Message, id string) (*mail.Msg, error) {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	out.SetMessageIDWithValue(id)
	out.SetDate()
	out.FromMailAddress(&netmail.Address{Name: m.From.Name, Address: m.From.Email})
	if m.ReplyTo.Email != "" {
		out.ReplyToMailAddress(&netmail.Address{Name: m.ReplyTo.Name, Address: m.ReplyTo.Email})
	}
	out.ToMailAddress(&netmail.Address{Address: m.To.Email})
	out.Subject(m.Subject)
	for name, value := range m.Headers {
		out.SetGenHeader(mail.Header(name), value)
	}
	out.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		out.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		if err := out.AttachReader(a.Name, bytes.NewReader(a.Content), mail.WithFileContentType(mail.ContentType(a.Type))); err != nil {
			return nil, fmt.Errorf("attachment: %w", err)
		}
	}
	return out, nil
}
