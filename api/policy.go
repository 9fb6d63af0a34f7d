package api

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
)

const asYAML = "application/yaml"

// yamlTypes are the names that YAML goes by.
var yamlTypes = []string{asYAML, "application/x-yaml", "text/yaml", "text/x-yaml"}

// GetPolicy shows the policy as it was put, or as JSON.
func (s *server) GetPolicy(c *gin.Context) {
	if err := s.getPolicy(c); err != nil {
		Fail(c, err)
	}
}

func (s *server) getPolicy(c *gin.Context) error {
	wanted, ok := wantedForm(c.GetHeader("Accept"))
	if !ok {
		return NotAcceptable(string(formJSON), asYAML)
	}
	row, err := s.policyVersion(c.Request.Context(), c.Query("version"))
	if notThere(err) {
		return NotFound("version of the policy")
	}
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	body := []byte(row.Text)
	if wanted == string(formJSON) {
		if body, err = yaml.YAMLToJSON(body); err != nil {
			return fmt.Errorf("policy version %d as JSON: %w", row.Version, err)
		}
	}
	c.Header("Policy-Version", strconv.Itoa(int(row.Version)))
	c.Header("Vary", "Accept")
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, wanted, body)
	return nil
}

func (s *server) policyVersion(ctx context.Context, version string) (db.Policy, error) {
	dealer := callerOf(ctx).dealer
	if version == "" {
		return s.store.LatestPolicy(ctx, dealer)
	}
	number, err := strconv.ParseInt(version, 10, 32)
	if err != nil {
		return db.Policy{}, NotFound("version of the policy")
	}
	return s.store.GetPolicy(ctx, db.GetPolicyParams{DealerID: dealer, Version: int32(number)})
}

// wantedForm chooses JSON or YAML by Accept: the one that is wanted more, JSON
// when both are wanted the same.
func wantedForm(accept string) (string, bool) {
	if strings.TrimSpace(accept) == "" {
		return string(formJSON), true
	}
	best, most := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			weight = q
		}
		form := ""
		switch {
		case media == string(formJSON), media == "*/*", media == "application/*":
			form = string(formJSON)
		case slices.Contains(yamlTypes, media), media == "text/*":
			form = asYAML
		}
		if form != "" && weight > 0 && (weight > most || (weight == most && form == string(formJSON))) {
			best, most = form, weight
		}
	}
	return best, best != ""
}

// PutPolicy makes a new version of the policy, for leads that arrive after it.
func (s *server) PutPolicy(c *gin.Context) {
	answer, err := s.putPolicy(c)
	if err == nil {
		err = answer.write(c.Writer)
	}
	if err != nil {
		Fail(c, err)
	}
}

func (s *server) putPolicy(c *gin.Context) (reply, error) {
	body, err := wholeBody(c)
	if err != nil {
		return reply{}, err
	}
	media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || (media != string(formJSON) && !slices.Contains(yamlTypes, media)) {
		return reply{}, UnsupportedMediaType(asYAML, string(formJSON))
	}
	if err := s.appoint(c, Actor(c), true); err != nil {
		return reply{}, err
	}
	if media == string(formJSON) && !json.Valid(body) {
		return reply{}, Malformed("The body is not JSON. Send application/yaml for YAML.")
	}
	request := struct {
		Actor    string
		Replaces int32
		Body     []byte
	}{Actor(c), replaced(c.Query("replaces")), body}
	return s.once(c.Request.Context(), filled(c.GetHeader("Idempotency-Key")), request, func(uuid.UUID) (reply, error) {
		yardstick, remarks, err := s.readPolicy(c.Request.Context(), body)
		if err != nil {
			return reply{}, err
		}
		row, err := s.putOver(c.Request.Context(), request.Replaces, body)
		if err != nil {
			return reply{}, err
		}
		by := staffOf(c)
		return replyWith(http.StatusOK, gen.PolicyVersion{
			Name: yardstick.Name, Version: int(row.Version), CreatedAt: row.CreatedAt.UTC(), CreatedBy: &gen.StaffRef{Email: by.Email, Name: by.Name},
			Remarks: remarks,
		})
	})
}
