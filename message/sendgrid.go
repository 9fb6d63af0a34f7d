package message

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/lead"
)

// CustomArg is the name under which a mail sent through SendGrid carries our
// message id. SendGrid has no idempotency key; its webhook events repeat this
// argument, which is how a message that got no answer is accounted for.
const CustomArg = "doorbell_message"

// SendGrid's public address, and how long one request to it may take in all.
const sendGridURL = "https://api.sendgrid.com"

var sendGridTimeout = failpoint.Duration(failpoint.ProviderTimeout, 30*time.Second)

// SendGrid sends mail through SendGrid's v3 API.
//
// It keeps nothing between sends but the connections: sendgrid.Client writes
// each body into itself and so mixes up the mails of two callers.
type SendGrid struct {
	key, baseURL string
	client       *http.Client
	now          func() time.Time
}

// NewSendGrid returns a sender for the key. baseURL is "" for SendGrid itself.
// One send takes at most timeout; zero means 30 seconds.
func NewSendGrid(key, baseURL string, timeout time.Duration) (*SendGrid, error) {
	if strings.TrimSpace(key) == "" || !headerValue(key) {
		return nil, errors.New("SENDGRID_API_KEY: not a key; copy it again from SendGrid, without line breaks")
	}
	if baseURL == "" {
		baseURL = sendGridURL
	}
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("SENDGRID_BASE_URL: not an address; write it like " + sendGridURL)
	}
	if timeout <= 0 {
		timeout = sendGridTimeout
	}
	return &SendGrid{
		key:     key,
		baseURL: strings.TrimRight(baseURL, "/"),
		now:     time.Now,
		client: &http.Client{
			Timeout: timeout,
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				TLSHandshakeTimeout: 5 * time.Second,
				ForceAttemptHTTP2:   true,
				MaxIdleConnsPerHost: 8,
				// Shorter than the provider's own, because a request written
				// onto a connection that is just being closed is ambiguous.
				IdleConnTimeout: 20 * time.Second,
			},
			// The key and the mail go to the configured host or nowhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Name returns "sendgrid".
func (s *SendGrid) Name() string { return "sendgrid" }

// Send posts the mail. The answer decides what the failure is:
//
//   - 2xx is a Receipt.
//   - 429 is Retry, after the time SendGrid names.
//   - any other 4xx is Final.
//   - 5xx and 3xx are Retry: SendGrid said that it did not take the mail.
//   - no answer is Retry when the request was surely not sent in full, and
//     Ambiguous otherwise.
func (s *SendGrid) Send(ctx context.Context, m Message) (Receipt, error) {
	m, err := checked(m)
	if err != nil {
		return Receipt{}, err
	}
	if m.Channel != lead.Email {
		return Receipt{}, final("sendgrid_mail_only")
	}
	request := sendgrid.GetRequest(s.key, "/v3/mail/send", s.baseURL)
	request.Method = rest.Post
	request.Body = mail.GetRequestBody(sendGridMail(m))
	req, err := rest.BuildRequestObject(request)
	if err != nil {
		return Receipt{}, final("sendgrid_request")
	}

	sent := follow(req, request.Body)
	res, err := s.client.Do(req.WithContext(httptrace.WithClientTrace(ctx, sent.trace())))
	if err != nil {
		if sent.inFull() {
			return Receipt{}, &Failure{Kind: Ambiguous, Code: "sendgrid_no_answer"}
		}
		return Receipt{}, &Failure{Kind: Retry, Code: "sendgrid_unreachable"}
	}
	defer func() { _ = res.Body.Close() }()
	// Read to the end, within reason, so that the connection can be used again.
	// What it says is not kept: it repeats addresses.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))

	if res.StatusCode >= 200 && res.StatusCode < 300 {
		receipt := Receipt{Provider: s.Name()}
		if id := res.Header.Get("X-Message-Id"); opaqueID.MatchString(id) {
			receipt.ProviderID = id
		}
		return receipt, nil
	}
	return Receipt{}, s.refusal(res)
}

// refusal turns an answer that is no acceptance into a Failure.
func (s *SendGrid) refusal(res *http.Response) *Failure {
	f := &Failure{Kind: Retry, Code: "sendgrid_" + strconv.Itoa(res.StatusCode)}
	switch {
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		f.RetryAfter = retryAfter(res.Header, s.now())
	case res.StatusCode >= 400 && res.StatusCode < 500:
		f.Kind = Final
	}
	return f
}

// retryAfter reads how long the provider wants to be left alone: Retry-After in
// seconds or as a date, else SendGrid's X-RateLimit-Reset in Unix seconds. It
// is zero when neither can be read and at most an hour, so that a nonsensical
// header cannot silence a dealer for a day.
func retryAfter(h http.Header, now time.Time) time.Duration {
	var wait time.Duration
	if v := h.Get("Retry-After"); v != "" {
		if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
			wait = time.Duration(seconds) * time.Second
		} else if at, err := http.ParseTime(v); err == nil {
			wait = at.Sub(now)
		}
	} else if unix, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil {
		wait = time.Unix(unix, 0).Sub(now)
	}
	return min(max(wait, 0), time.Hour)
}

// sendGridMail is the mail in SendGrid's words. It is built anew for each send.
func sendGridMail(m Message) *mail.SGMailV3 {
	out := mail.NewV3Mail()
	out.SetFrom(mail.NewEmail(m.From.Name, m.From.Email))
	if m.ReplyTo.Email != "" {
		out.SetReplyTo(mail.NewEmail(m.ReplyTo.Name, m.ReplyTo.Email))
	}
	to := mail.NewPersonalization()
	to.AddTos(mail.NewEmail("", m.To.Email))
	out.AddPersonalizations(to)
	out.Subject = m.Subject
	out.AddContent(mail.NewContent("text/plain", m.Text))
	if m.HTML != "" {
		out.AddContent(mail.NewContent("text/html", m.HTML))
	}
	for _, a := range m.Attachments {
		// SendGrid wants the bare type: it may refuse one with parameters.
		bare, _, _ := mime.ParseMediaType(a.Type)
		out.AddAttachment(mail.NewAttachment().
			SetContent(base64.StdEncoding.EncodeToString(a.Content)).
			SetType(bare).SetFilename(a.Name).SetDisposition("attachment"))
	}
	for name, value := range m.Headers {
		out.SetHeader(name, value)
	}
	out.SetCustomArg(CustomArg, m.ID)
	// Tracking rewrites the links and adds a picture that reports the reader.
	out.SetTrackingSettings(mail.NewTrackingSettings().
		SetClickTracking(mail.NewClickTrackingSetting().SetEnable(false).SetEnableText(false)).
		SetOpenTracking(mail.NewOpenTrackingSetting().SetEnable(false)))
	return out
}

// sending watches how much of a request left this machine.
//
// The trace alone is not enough: it is called by the connection's own
// goroutine, and a deadline can let Do return after the last byte was written
// and before the trace says so. So the body counts as sent from the moment its
// end was read, unless the trace reports that writing it failed.
type sending struct {
	ended  atomic.Bool // the body was read to its end
	failed atomic.Bool // writing it to the connection failed
}

// follow makes the request's body report to the sending it returns.
func follow(req *http.Request, body []byte) *sending {
	s := &sending{}
	req.GetBody = func() (io.ReadCloser, error) {
		return &followed{bytes: bytes.NewReader(body), s: s}, nil
	}
	req.Body, _ = req.GetBody()
	return s
}

func (s *sending) inFull() bool { return s.ended.Load() && !s.failed.Load() }

func (s *sending) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		// Called once for each connection tried; the last try counts.
		s.failed.Store(info.Err != nil)
	}}
}

// followed is a body that notes when its last byte is handed over.
type followed struct {
	bytes *bytes.Reader
	s     *sending
}

func (f *followed) Read(p []byte) (int, error) {
	n, err := f.bytes.Read(p)
	if f.bytes.Len() == 0 {
		f.s.ended.Store(true)
	}
	return n, err
}

// Close does nothing; the bytes are in memory.
func (f *followed) Close() error { return nil }
