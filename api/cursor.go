package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/store"
)

// A page has pageSize items unless the request says otherwise.
const pageSize = 50

func limitOf(limit *int) int32 {
	if limit == nil {
		return pageSize
	}
	return int32(*limit)
}

// cursorOf writes a place in a list as a word that means nothing to others.
func cursorOf(place any) *string {
	text, err := json.Marshal(place)
	if err != nil {
		return nil // places are plain data and always have a JSON form
	}
	word := base64.RawURLEncoding.EncodeToString(text)
	return &word
}

// placeOf reads what cursorOf wrote. It reports false when nothing was given.
func placeOf[P any](cursor *string) (place P, given bool, err error) {
	if cursor == nil {
		return place, false, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err == nil {
		err = json.Unmarshal(text, &place)
	}
	if err != nil {
		return place, false, badCursor()
	}
	return place, true, nil
}

func badCursor() *Problem {
	return BadParameter(FieldError{Field: "cursor", Message: "is none of this list; pass next_cursor of the page before with the same sort, or leave it out"})
}

// notThere reports whether err says that a row does not exist.
func notThere(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || errors.Is(err, store.ErrNotFound)
}

// filled returns a pointer to the text, nil when there is none.
func filled[S ~string](text S) *S {
	if text == "" {
		return nil
	}
	return &text
}
