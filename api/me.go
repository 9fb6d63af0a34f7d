package api

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
)

// GetMe tells for whom the request is made and what he may do.
func (s *server) GetMe(ctx context.Context, _ gen.GetMeRequestObject) (gen.GetMeResponseObject, error) {
	person := staffOf(ctx)
	if person == nil {
		return nil, BadParameter(FieldError{Field: "X-Actor", Message: "is required with a key: name somebody of the staff by e-mail address"})
	}
	language := person.Language
	if language == "" {
		var err error
		if language, err = s.store.DealerLanguage(ctx, person.DealerID); err != nil {
			return nil, fmt.Errorf("language of the dealer: %w", err)
		}
	}
	role := lead.Role(person.Role)
	return gen.GetMe200JSONResponse{
		Email: person.Email, Name: person.Name, Role: gen.Role(role), Language: language,
		Manages: role.Manages(), Arranges: role.Manages() || role == lead.RoleAdmin,
	}, nil
}
