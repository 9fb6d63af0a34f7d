// Package assets serves the one style sheet and the one script of all pages,
// from the binary. Both are put together of files by subject; vendored ones
// stand in vendor/ with their version and licence.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

//go:embed css js vendor mark.svg
var files embed.FS

// file is one asset as it is sent.
type file struct {
	path   string
	kind   string
	body   []byte
	zipped []byte
}

// The assets. Their addresses change with what is in them, so that
// browsers may keep them for good.
var (
	sheet  = together("app", "css", "text/css; charset=utf-8", "vendor/pico.min.css", "css/*.css")
	mark   = together("mark", "svg", "image/svg+xml", "mark.svg")
	script = together("app", "js", "text/javascript; charset=utf-8", "vendor/htmx.min.js", "js/*.js")
)

// Sheet is the address of the style sheet.
func Sheet() string { return sheet.path }

// Mark is the address of the picture that stands beside the title of a page.
func Mark() string { return mark.path }

// Script is the address of the script.
func Script() string { return script.path }

// together joins files in the order of the patterns, and of their names within
// one.
func together(name, extension, kind string, patterns ...string) file {
	var body bytes.Buffer
	for _, pattern := range patterns {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			panic(fmt.Errorf("assets: %w", err)) // a pattern above is wrong
		}
		for _, n := range names {
			text, err := files.ReadFile(n)
			if err != nil {
				panic(fmt.Errorf("assets: %w", err)) // cannot be: it is in the binary
			}
			body.Write(text)
			body.WriteByte('\n')
		}
	}
	sum := sha256.Sum256(body.Bytes())
	return file{
		path: path.Join("/assets", name+"."+hex.EncodeToString(sum[:6])+"."+extension),
		kind: kind, body: body.Bytes(), zipped: zip(body.Bytes()),
	}
}

func zip(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	_, _ = w.Write(body)                                    // into memory
	_ = w.Close()
	return out.Bytes()
}

// Mount puts the assets on the router.
func Mount(router gin.IRoutes) {
	for _, f := range []file{sheet, script, mark} {
		router.GET(f.path, f.serve)
		router.HEAD(f.path, f.serve)
	}
}

func (f file) serve(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.body
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	c.Data(http.StatusOK, f.kind, body)
}
