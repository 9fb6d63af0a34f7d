package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// session is one connection.
type session struct {
	server    *Server
	conn      net.Conn
	text      *textproto.Conn
	how       Behaviour
	encrypted bool
	signedIn  bool
	greeted   bool
	mail      *Mail
}

func newSession(s *Server, conn net.Conn, how Behaviour) *session {
	return &session{server: s, conn: conn, how: how}
}

func (c *session) run() {
	if c.server.implicit {
		c.encrypt()
	} else {
		c.text = textproto.NewConn(c.conn)
	}
	if !c.answer(Connect, 220, "mail.example ESMTP") {
		return
	}
	for {
		line, err := c.text.ReadLine()
		if err != nil {
			return // the client went away, or the test is over
		}
		verb, rest, _ := strings.Cut(line, " ")
		if !c.command(strings.ToUpper(verb), rest) {
			return
		}
	}
}

// command handles one line and reports whether the conversation goes on.
func (c *session) command(verb, rest string) bool {
	switch verb {
	case "EHLO":
		c.greeted = true
		return c.extensions()
	case "STARTTLS":
		if !c.server.startTLS || c.encrypted {
			return c.unexpected(verb)
		}
		if !c.reply(220, "go ahead") {
			return false
		}
		c.encrypt()
		c.greeted = false
		return true
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		from, ok := path(rest, "FROM:")
		if !ok || !c.greeted || c.mail != nil || c.server.tls != nil && !c.signedIn {
			return c.unexpected(verb)
		}
		c.mail = &Mail{From: from}
		return c.answer(From, 250, "sender ok")
	case "RCPT":
		to, ok := path(rest, "TO:")
		if !ok || c.mail == nil || c.mail.To != "" {
			return c.unexpected(verb)
		}
		c.mail.To = to
		return c.answer(Rcpt, 250, "recipient ok")
	case "DATA":
		if c.mail == nil || c.mail.To == "" {
			return c.unexpected(verb)
		}
		return c.data()
	case "*": // how a client gives up a failed AUTH
		return c.reply(501, "5.7.0 authentication cancelled")
	case "RSET":
		c.mail = nil
		return c.reply(250, "reset")
	case "NOOP":
		return c.reply(250, "ok")
	case "QUIT":
		c.answer(Quit, 221, "bye")
		return false
	default:
		return c.unexpected(verb)
	}
}

func (c *session) extensions() bool {
	lines := []string{"250-mail.example", "250-8BITMIME", "250-ENHANCEDSTATUSCODES"}
	if c.server.startTLS && !c.encrypted {
		lines = append(lines, "250-STARTTLS")
	}
	if c.encrypted {
		lines = append(lines, "250-AUTH PLAIN")
	}
	for _, line := range append(lines, "250 SIZE 10485760") {
		if c.text.PrintfLine("%s", line) != nil {
			return false
		}
	}
	return true
}

func (c *session) auth(rest string) bool {
	kind, initial, _ := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.DecodeString(initial)
	if !c.encrypted || kind != "PLAIN" || err != nil {
		return c.unexpected("AUTH " + kind)
	}
	if string(raw) != "\x00"+User+"\x00"+Password {
		return c.reply(535, "5.7.8 wrong user or password")
	}
	c.signedIn = true
	return c.answer(Auth, 235, "welcome")
}

// data reads the mail, holds it against the rules and takes it.
func (c *session) data() bool {
	if c.how.at == Data {
		c.mail = nil
		return c.answer(Data, 0, "")
	}
	if !c.reply(354, "go ahead") {
		return false
	}
	raw, err := io.ReadAll(io.LimitReader(c.text.DotReader(), 10<<20))
	if err != nil {
		return false
	}
	mail := *c.mail
	mail.Raw = raw
	c.mail = nil
	parsed, err := netmail.ReadMessage(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		c.server.t.Errorf("smtptest: what was sent is no mail: %v", err)
		return c.reply(554, "5.6.0 no mail")
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type"} {
		if len(parsed.Header[name]) != 1 {
			c.server.t.Errorf("smtptest: %d headers %s, there has to be one", len(parsed.Header[name]), name)
		}
	}
	if c.how.at != End || c.how.keep {
		c.server.keep(mail)
	}
	return c.answer(End, 250, "2.0.0 queued")
}

// answer replies to a stage as the script says and reports whether the
// conversation goes on. Refusals repeat the recipient, as real ones do.
func (c *session) answer(at Stage, code int, words string) bool {
	if c.how.at != at {
		return c.reply(code, words)
	}
	switch {
	case c.how.drop:
		return false
	case c.how.hang:
		_, _ = io.Copy(io.Discard, c.conn) // until the client gives up
		return false
	}
	to := "somebody@somewhere.example"
	if c.mail != nil {
		to = c.mail.To
	}
	c.mail = nil
	return c.reply(c.how.code, fmt.Sprintf("%d.1.1 <%s> refused", c.how.code/100, to))
}

func (c *session) reply(code int, words string) bool {
	return c.text.PrintfLine("%d %s", code, words) == nil
}

func (c *session) unexpected(what string) bool {
	c.server.t.Errorf("smtptest: unexpected command %s", what)
	return c.reply(503, "5.5.1 not now")
}

func (c *session) encrypt() {
	c.conn = tls.Server(c.conn, c.server.tls)
	c.text = textproto.NewConn(c.conn)
	c.encrypted = true
}

// path takes the address out of FROM:<…> or TO:<…>.
func path(s, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(s, prefix+"<")
	if !ok {
		return "", false
	}
	address, parameters, ok := strings.Cut(rest, ">")
	return address, ok && address != "" && (parameters == "" || parameters[0] == ' ')
}
