-- +goose Up

-- The filters of a list, in one place for every query that goes along the list,
-- counts it, or cuts it out of a search. They are written as functions that
-- Postgres puts into the query that asks them (SQL, stable, a single SELECT), so
-- that the query's own conditions, order and limit still choose the index.

-- Those of a dealer's leads that a board with these filters may show. No owners,
-- stages, sources or words are all of them; words are patterns in lower or upper
-- case. A source finds the leads that it is credited with, too.
CREATE FUNCTION board_leads(dealer uuid, no_owner boolean, owners uuid[], stages text[], phase text, sources uuid[], words text[])
    RETURNS SETOF lead LANGUAGE sql STABLE AS $$
    SELECT l.* FROM lead l
    WHERE l.dealer_id = $1
      AND (NOT $2 OR l.owner_id IS NULL)
      AND (cardinality($3) = 0 OR l.owner_id = ANY ($3))
      AND (cardinality($4) = 0 OR l.stage = ANY ($4))
      AND ($5 IS NULL OR l.phase = $5)
      AND (cardinality($6) = 0 OR l.source_id = ANY ($6)
           OR EXISTS (SELECT 1 FROM lead_link k JOIN lead o ON o.id = k.lead_id
                      WHERE k.other_id = l.id AND k.same_car AND o.source_id = ANY ($6)))
      AND (cardinality($7) = 0 OR (SELECT f.text FROM lead_search f WHERE f.lead_id = l.id)
           LIKE ALL (ARRAY(SELECT lower(w) FROM unnest($7) AS w)))
$$;

-- Those of a dealer's leads that a list with these filters has. No statuses, stages
-- or words are all of them, and NULL is no filter; own_source is where a lead came
-- from, source the code of one that is credited with it, too.
CREATE FUNCTION listed_leads(dealer uuid, statuses text[], stages text[], no_owner boolean, owner uuid, own_source uuid, source text, overdue boolean, words text[])
    RETURNS SETOF lead LANGUAGE sql STABLE AS $$
    SELECT l.* FROM lead l
    WHERE l.dealer_id = $1
      AND (cardinality($2) = 0 OR l.status = ANY ($2))
      AND (cardinality($3) = 0 OR l.stage = ANY ($3))
      AND (NOT $4 OR l.owner_id IS NULL)
      AND ($5 IS NULL OR l.owner_id = $5)
      AND ($6 IS NULL OR l.source_id = $6)
      AND ($7 IS NULL OR EXISTS (
               SELECT 1 FROM source s WHERE s.dealer_id = l.dealer_id AND s.code = $7
               AND (s.id = l.source_id OR s.id IN (
                    SELECT o.source_id FROM lead_link k JOIN lead o ON o.id = k.lead_id WHERE k.other_id = l.id AND k.same_car))))
      AND ($8 IS NULL
           OR (coalesce(l.next_deadline_at <= (SELECT doorbell_now()), false) AND l.status <> 'closed') = $8)
      AND (cardinality($9) = 0 OR (SELECT f.text FROM lead_search f WHERE f.lead_id = l.id)
           LIKE ALL (ARRAY(SELECT lower(w) FROM unnest($9) AS w)))
$$;

-- +goose Down
SELECT 'migrations only go forward';
