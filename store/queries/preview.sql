-- name: DealerLanguage :one
SELECT language FROM dealer WHERE id = $1;
