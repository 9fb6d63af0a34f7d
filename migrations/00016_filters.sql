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
    WHERE l.dealer_id = board_leads.dealer
      AND (NOT board_leads.no_owner OR l.owner_id IS NULL)
      AND (cardinality(board_leads.owners) = 0 OR l.owner_id = ANY (board_leads.owners))
      AND (cardinality(board_leads.stages) = 0 OR l.stage = ANY (board_leads.stages))
      AND (board_leads.phase IS NULL OR l.phase = board_leads.phase)
      AND (cardinality(board_leads.sources) = 0 OR l.source_id = ANY (board_leads.sources)
           OR EXISTS (SELECT 1 FROM lead_link k JOIN lead o ON o.id = k.lead_id
                      WHERE k.other_id = l.id AND k.same_car AND o.source_id = ANY (board_leads.sources)))
      AND (cardinality(board_leads.words) = 0 OR (SELECT f.text FROM lead_search f WHERE f.lead_id = l.id)
           LIKE ALL (ARRAY(SELECT lower(w) FROM unnest(board_leads.words) AS w)))
$$;

-- Those of a dealer's leads that a list with these filters has. No statuses, stages
-- or words are all of them, and NULL is no filter; own_source is where a lead came
-- from, source the code of one that is credited with it, too.
CREATE FUNCTION listed_leads(dealer uuid, statuses text[], stages text[], no_owner boolean, owner uuid, own_source uuid, source text, overdue boolean, words text[])
    RETURNS SETOF lead LANGUAGE sql STABLE AS $$
    SELECT l.* FROM lead l
    WHERE l.dealer_id = listed_leads.dealer
      AND (cardinality(listed_leads.statuses) = 0 OR l.status = ANY (listed_leads.statuses))
      AND (cardinality(listed_leads.stages) = 0 OR l.stage = ANY (listed_leads.stages))
      AND (NOT listed_leads.no_owner OR l.owner_id IS NULL)
      AND (listed_leads.owner IS NULL OR l.owner_id = listed_leads.owner)
      AND (listed_leads.own_source IS NULL OR l.source_id = listed_leads.own_source)
      AND (listed_leads.source IS NULL OR EXISTS (
               SELECT 1 FROM source s WHERE s.dealer_id = l.dealer_id AND s.code = listed_leads.source
               AND (s.id = l.source_id OR s.id IN (
                    SELECT o.source_id FROM lead_link k JOIN lead o ON o.id = k.lead_id WHERE k.other_id = l.id AND k.same_car))))
      AND (listed_leads.overdue IS NULL
           OR (coalesce(l.next_deadline_at <= (SELECT doorbell_now()), false) AND l.status <> 'closed') = listed_leads.overdue)
      AND (cardinality(listed_leads.words) = 0 OR (SELECT f.text FROM lead_search f WHERE f.lead_id = l.id)
           LIKE ALL (ARRAY(SELECT lower(w) FROM unnest(listed_leads.words) AS w)))
$$;

-- +goose Down
SELECT 'migrations only go forward';
