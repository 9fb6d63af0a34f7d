package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/words"
)

// speaks puts the words of the caller's language and zone into the request:
// that of whoever has signed in, else the one that the request asks for.
func speaks(c *gin.Context, who caller) {
	wanted := append([]string{who.language}, words.Accepted(c.GetHeader("Accept-Language"))...)
	reader := words.In(words.Pick(wanted...), who.zone)
	c.Request = c.Request.WithContext(words.Into(c.Request.Context(), reader))
}

// saysLanguage names the language of what is read. Problems are English.
func saysLanguage(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) {
		answer, err := next(c, request)
		if err == nil && c.Request.Method == http.MethodGet && !Operation(c.Request.Context()).Public {
			c.Header("Content-Language", words.Of(c.Request.Context()).Language)
		}
		return answer, err
	}
}
