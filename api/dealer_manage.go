package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	_ "image/jpeg" // a logo may be one
	_ "image/png"  // or the other
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

// GetDealer shows the dealer as his customers know him.
func (s *server) GetDealer(ctx context.Context, _ gen.GetDealerRequestObject) (gen.GetDealerResponseObject, error) {
	now, err := s.dealerNow(ctx)
	return gen.GetDealer200JSONResponse{DealerAsHeIsJSONResponse: gen.DealerAsHeIsJSONResponse(now)}, err
}

func (s *server) dealerNow(ctx context.Context) (gen.Dealer, error) {
	row, err := s.store.GetDealer(ctx, callerOf(ctx).dealer)
	if err != nil {
		return gen.Dealer{}, fmt.Errorf("dealer: %w", err)
	}
	return gen.Dealer{
		Name: row.Name, Phone: filled(row.Phone), Address: filled(row.Address), Language: row.Language, Colour: filled(row.Colour),
		MailFrom: filled(row.MailFrom), LogoURL: filled(row.LogoURL), Zone: row.Zone, Country: row.Country,
	}, nil
}

// changeDealer does something about the dealer, at most once for the key, and
// answers with him as he then is.
func (s *server) changeDealer(ctx context.Context, key *string, request any, do func(dealer uuid.UUID) error) (dealerReply, error) {
	answer, err := s.once(ctx, key, request, func(uuid.UUID) (reply, error) {
		if err := do(callerOf(ctx).dealer); err != nil {
			return reply{}, err
		}
		now, err := s.dealerNow(ctx)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, now)
	})
	return dealerReply{answer}, err
}

// ChangeDealer changes what is given of the dealer.
func (s *server) ChangeDealer(ctx context.Context, r gen.ChangeDealerRequestObject) (gen.ChangeDealerResponseObject, error) {
	return s.changeDealer(ctx, r.Params.IdempotencyKey, r, func(dealer uuid.UUID) error {
		return s.store.ChangeLook(ctx, dealer, func(l *store.Look) error {
			for _, text := range []struct{ to, from *string }{
				{&l.Name, r.Body.Name},
				{&l.Phone, r.Body.Phone},
				{&l.Address, r.Body.Address},
				{&l.Colour, r.Body.Colour},
				{&l.Language, r.Body.Language},
				{&l.MailFrom, r.Body.MailFrom},
			} {
				if text.from != nil {
					*text.to = strings.TrimSpace(*text.from)
				}
			}
			better, wrong := l.Checked()
			*l = better
			faults := fieldsOf(wrong)
			if !slices.Contains(message.Languages(), l.Language) {
				faults = append(faults, FieldError{
					Field: "language", Message: "must be " + strings.Join(message.Languages(), " or ") + ": mails are written in these",
				})
			}
			if l.MailFrom != "" {
				address, err := message.ParseAddress(l.MailFrom)
				if err != nil {
					faults = append(faults, FieldError{Field: "mail_from", Message: "must be an address such as leads@dealer.example, or empty"})
				}
				l.MailFrom = address
			}
			if len(faults) > 0 {
				return Invalid(faults...)
			}
			return nil
		})
	})
}

// The bounds of a logo. It is shown 40 pixels high; screens with four times as
// many points are served by far less than the most.
const (
	mostLogo      = 100 << 10 // bytes
	leastPixels   = 16
	mostPixels    = 2000
	logoPath      = "/logo/"
	logoTypeWords = "image/png or image/jpeg"
)

var logoTypes = map[string]string{"png": "image/png", "jpeg": "image/jpeg"}

// PutLogo stores the dealer's logo.
func (s *server) PutLogo(c *gin.Context) {
	answer, err := s.putLogo(c)
	if err == nil {
		err = answer.write(c.Writer)
	}
	if err != nil {
		Fail(c, err)
	}
}

func (s *server) putLogo(c *gin.Context) (dealerReply, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostLogo)
	body, err := wholeBody(c)
	if err != nil {
		return dealerReply{}, err
	}
	declared, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || (declared != logoTypes["png"] && declared != logoTypes["jpeg"]) {
		return dealerReply{}, UnsupportedMediaType(logoTypes["png"], logoTypes["jpeg"])
	}
	if err := s.appoint(c, Actor(c), true); err != nil {
		return dealerReply{}, err
	}
	request := struct {
		Actor string
		Body  [sha256.Size]byte
	}{Actor(c), sha256.Sum256(body)}
	return s.changeDealer(c.Request.Context(), filled(c.GetHeader("Idempotency-Key")), request, func(dealer uuid.UUID) error {
		kind, fault := logoKind(body)
		if fault != "" {
			return Invalid(FieldError{Field: "body", Message: fault})
		}
		return s.store.PutLogo(c.Request.Context(), dealer, kind, body, func(hash string) string { return s.public + logoPath + hash })
	})
}

// logoKind finds out what a picture is by looking at it, whatever it is said to
// be. Its size is looked at first: a small file may unfold to a huge picture.
func logoKind(body []byte) (kind, fault string) {
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	kind = logoTypes[format]
	if err != nil || kind == "" {
		return "", "must be a picture, " + logoTypeWords
	}
	if min(config.Width, config.Height) < leastPixels || max(config.Width, config.Height) > mostPixels {
		return "", fmt.Sprintf("must have from %d to %d pixels in width and in height", leastPixels, mostPixels)
	}
	if _, _, err := image.Decode(bytes.NewReader(body)); err != nil {
		return "", "must be a picture that is whole; this one is damaged"
	}
	return kind, ""
}

// RemoveLogo takes the dealer's logo away.
func (s *server) RemoveLogo(ctx context.Context, r gen.RemoveLogoRequestObject) (gen.RemoveLogoResponseObject, error) {
	return s.changeDealer(ctx, r.Params.IdempotencyKey, r, func(dealer uuid.UUID) error { return s.store.RemoveLogo(ctx, dealer) })
}

// GetLogo shows a logo to anybody: it stands on mails. What is under a hash
// never changes.
func (s *server) GetLogo(c *gin.Context) {
	kind, body, err := s.store.Logo(store.Across(c.Request.Context()), c.Param("hash"))
	if notThere(err) {
		err = NotFound("logo")
	}
	if err != nil {
		Fail(c, err)
		return
	}
	header := c.Writer.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, kind, body)
}

// dealerReply answers with the dealer.
type dealerReply struct{ reply }

// VisitChangeDealerResponse sends the dealer.
func (r dealerReply) VisitChangeDealerResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitRemoveLogoResponse sends the dealer.
func (r dealerReply) VisitRemoveLogoResponse(w http.ResponseWriter) error { return r.write(w) }
