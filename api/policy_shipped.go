package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/policy"
)

// ListShippedPolicies shows the policies to start from.
func (s *server) ListShippedPolicies(_ context.Context, _ gen.ListShippedPoliciesRequestObject) (gen.ListShippedPoliciesResponseObject, error) {
	out := gen.ShippedPolicyList{Items: []gen.ShippedPolicy{}}
	for _, p := range policy.Shipped() {
		out.Items = append(out.Items, gen.ShippedPolicy{Name: p.Name, Summary: p.Summary, Text: p.Text})
	}
	return gen.ListShippedPolicies200JSONResponse(out), nil
}

// policySchema serves the JSON Schema of a policy. Editors ask for it each time
// a policy is opened, so they may keep it for an hour.
func policySchema() gin.HandlerFunc {
	body := policy.Schema()
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		c.Header("ETag", tag)
		c.Header("X-Content-Type-Options", "nosniff")
		if strings.Contains(c.GetHeader("If-None-Match"), tag) {
			c.Status(http.StatusNotModified)
			return
		}
		c.Data(http.StatusOK, "application/schema+json", body)
	}
}
