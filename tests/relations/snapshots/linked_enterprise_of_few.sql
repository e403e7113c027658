WITH asked AS (
  SELECT
    enterprise_id,
    as_of
  FROM entity_dates
), near_post AS (
  SELECT
    enterprise_id,
    as_of,
    person_id,
    MAX(strength) AS strength
  FROM (
    SELECT
      enterprise_id,
      as_of,
      person_id,
      CAST(1 AS DOUBLE) AS strength
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        person_id,
        person_name,
        role,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.person_id,
          CASE WHEN a.has_person_name THEN CAST(a.person_name AS TEXT) ELSE r.person_name END AS person_name,
          r.role,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM asked AS m
        JOIN position AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'person_name' AS BOOLEAN)) AS has_person_name,
            MAX(value) FILTER(WHERE
              part = 'person_name') AS person_name
          FROM amended_span
          WHERE
            of_table = 'position'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      enterprise_id,
      as_of,
      holder_id,
      CAST(share AS DOUBLE)
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        holder_id,
        holder_kind,
        share,
        amount,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.holder_id,
          r.holder_kind,
          CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
          CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM asked AS m
        JOIN shareholding AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
            MAX(value) FILTER(WHERE
              part = 'share') AS share,
            BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
            MAX(value) FILTER(WHERE
              part = 'amount') AS amount
          FROM amended_span
          WHERE
            of_table = 'shareholding'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL AND holder_kind = 'person' AND share > 0
  )
  GROUP BY
    enterprise_id,
    as_of,
    person_id
), near_person AS (
  SELECT DISTINCT
    person_id,
    as_of
  FROM near_post
), near_neighbours AS (
  SELECT
    person_id,
    as_of AS day,
    enterprise_id,
    MAX(post) AS post,
    MAX(strength) AS strength
  FROM (
    SELECT
      person_id,
      as_of,
      enterprise_id,
      1 AS post,
      CAST(1 AS DOUBLE) AS strength
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        person_id,
        person_name,
        role,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.person_id,
          CASE WHEN a.has_person_name THEN CAST(a.person_name AS TEXT) ELSE r.person_name END AS person_name,
          r.role,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM near_person AS m
        JOIN position AS r
          ON r.person_id = m.person_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'person_name' AS BOOLEAN)) AS has_person_name,
            MAX(value) FILTER(WHERE
              part = 'person_name') AS person_name
          FROM amended_span
          WHERE
            of_table = 'position'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      holder_id,
      as_of,
      enterprise_id,
      0,
      CAST(share AS DOUBLE)
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        holder_id,
        holder_kind,
        share,
        amount,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.holder_id,
          r.holder_kind,
          CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
          CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM (
          SELECT
            person_id AS holder_id,
            as_of
          FROM near_person
        ) AS m
        JOIN shareholding AS r
          ON r.holder_id = m.holder_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
            MAX(value) FILTER(WHERE
              part = 'share') AS share,
            BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
            MAX(value) FILTER(WHERE
              part = 'amount') AS amount
          FROM amended_span
          WHERE
            of_table = 'shareholding'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL AND holder_kind = 'person' AND share > 0
  )
  GROUP BY
    person_id,
    as_of,
    enterprise_id
), near_degree AS (
  SELECT
    r.person_id,
    r.day,
    t.until,
    r.firms,
    r.posts,
    r.marks
  FROM (
    SELECT
      person_id,
      day,
      COUNT(*) AS firms,
      SUM(post) AS posts,
      BIT_OR(CAST(1 AS BIGINT) << CAST(HASH(enterprise_id) % 62 AS INT)) AS marks
    FROM near_neighbours
    GROUP BY
      person_id,
      day
  ) AS r
  JOIN (
    SELECT
      person_id,
      as_of AS day,
      CAST(as_of + INTERVAL '1' DAY AS DATE) AS until
    FROM near_person
  ) AS t
    ON t.person_id = r.person_id AND t.day = r.day
), near_self AS (
  SELECT
    enterprise_id AS holder_id,
    as_of
  FROM asked
), near_held AS (
  SELECT
    p.enterprise_id,
    p.as_of,
    p.person_id,
    p.strength,
    w.day,
    w.firms,
    w.marks
  FROM near_post AS p
  JOIN near_degree AS w
    ON w.person_id = p.person_id AND w.day <= p.as_of AND p.as_of < w.until
  WHERE
    w.firms BETWEEN 2 AND 20
), near_share AS (
  SELECT
    enterprise_id,
    as_of,
    holder_id AS linked_id,
    share AS weight
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
      known_date,
      authority,
      source,
      arrival,
      CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
    FROM (
      SELECT
        m.as_of,
        r.record_id,
        r.enterprise_id,
        CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
        CASE
          WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
          THEN r.end_date
          WHEN r.planned_end_date <= m.as_of
          THEN r.planned_end_date
        END AS end_date,
        r.end_known_date,
        r.planned_end_date,
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM asked AS m
      JOIN shareholding AS r
        ON r.enterprise_id = m.enterprise_id
      LEFT JOIN (
        SELECT
          source,
          subject,
          record_id,
          acts_from,
          acts_until,
          BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
          BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
          MAX(value) FILTER(WHERE
            part = 'start_date') AS start_date,
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
        GROUP BY
          source,
          subject,
          record_id,
          acts_from,
          acts_until
      ) AS a
        ON a.record_id = r.record_id
        AND a.source = r.source
        AND a.subject = r.enterprise_id
        AND a.acts_from <= m.as_of
        AND m.as_of < a.acts_until
      WHERE
        r.start_date <= m.as_of
        AND r.known_date <= m.as_of
        AND NOT COALESCE(a.excluded, FALSE)
    ) AS r
    WHERE
      TRUE
  )
  WHERE
    end_date IS NULL AND holder_kind = 'enterprise' AND holder_id <> enterprise_id
  UNION ALL
  SELECT
    holder_id,
    as_of,
    enterprise_id,
    share
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
      known_date,
      authority,
      source,
      arrival,
      CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
    FROM (
      SELECT
        m.as_of,
        r.record_id,
        r.enterprise_id,
        CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
        CASE
          WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
          THEN r.end_date
          WHEN r.planned_end_date <= m.as_of
          THEN r.planned_end_date
        END AS end_date,
        r.end_known_date,
        r.planned_end_date,
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM near_self AS m
      JOIN shareholding AS r
        ON r.holder_id = m.holder_id
      LEFT JOIN (
        SELECT
          source,
          subject,
          record_id,
          acts_from,
          acts_until,
          BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
          BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
          MAX(value) FILTER(WHERE
            part = 'start_date') AS start_date,
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
        GROUP BY
          source,
          subject,
          record_id,
          acts_from,
          acts_until
      ) AS a
        ON a.record_id = r.record_id
        AND a.source = r.source
        AND a.subject = r.enterprise_id
        AND a.acts_from <= m.as_of
        AND m.as_of < a.acts_until
      WHERE
        r.start_date <= m.as_of
        AND r.known_date <= m.as_of
        AND NOT COALESCE(a.excluded, FALSE)
    ) AS r
    WHERE
      TRUE
  )
  WHERE
    end_date IS NULL AND holder_kind = 'enterprise' AND holder_id <> enterprise_id
), near_multi_linked AS (
  SELECT
    enterprise_id,
    as_of,
    BIT_COUNT(BIT_OR(marks)) > 21 AS over_limit
  FROM (
    SELECT
      enterprise_id,
      as_of,
      marks
    FROM near_held
    UNION ALL
    SELECT
      enterprise_id,
      as_of,
      CASE
        WHEN weight > 0
        THEN CAST(1 AS BIGINT) << CAST(HASH(linked_id) % 62 AS INT)
        ELSE 0
      END
    FROM near_share
  )
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) > 1
), near_pair AS (
  SELECT
    enterprise_id,
    as_of,
    linked_id,
    MAX(weight) AS weight
  FROM (
    SELECT
      h.enterprise_id,
      h.as_of,
      r.enterprise_id AS linked_id,
      CAST((
        2 * CAST(LEAST(h.strength, r.strength) * 1000000 AS BIGINT) + h.firms - 1
      ) // (
        2 * (
          h.firms - 1
        )
      ) * 0.000001 AS DECIMAL(9, 6)) AS weight
    FROM (
      SELECT
        h.*
      FROM near_held AS h
      SEMI JOIN near_multi_linked AS j
        ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    ) AS h
    JOIN near_neighbours AS r
      ON r.person_id = h.person_id AND r.day = h.day
    WHERE
      r.enterprise_id <> h.enterprise_id
    UNION ALL
    SELECT
      h.*
    FROM near_share AS h
    SEMI JOIN near_multi_linked AS j
      ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    WHERE
      h.weight > 0
  )
  GROUP BY
    enterprise_id,
    as_of,
    linked_id
), near_few AS (
  SELECT
    enterprise_id,
    as_of
  FROM near_pair
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) <= 20
), near_link AS (
  SELECT
    p.*
  FROM near_pair AS p
  SEMI JOIN near_few AS f
    ON f.enterprise_id = p.enterprise_id AND f.as_of = p.as_of
  UNION ALL
  SELECT
    h.enterprise_id,
    h.as_of,
    r.enterprise_id AS linked_id,
    CAST((
      2 * CAST(LEAST(h.strength, r.strength) * 1000000 AS BIGINT) + h.firms - 1
    ) // (
      2 * (
        h.firms - 1
      )
    ) * 0.000001 AS DECIMAL(9, 6)) AS weight
  FROM (
    SELECT
      h.*
    FROM near_held AS h
    ANTI JOIN near_multi_linked AS j
      ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of
  ) AS h
  JOIN near_neighbours AS r
    ON r.person_id = h.person_id AND r.day = h.day
  WHERE
    r.enterprise_id <> h.enterprise_id
  UNION ALL
  SELECT
    h.*
  FROM near_share AS h
  ANTI JOIN near_multi_linked AS j
    ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of
  WHERE
    h.weight > 0
), near_end AS (
  SELECT DISTINCT
    linked_id AS enterprise_id,
    as_of
  FROM near_link
), beyond AS (
  SELECT
    n.*
  FROM near_end AS n
  ANTI JOIN asked AS m
    ON m.enterprise_id = n.enterprise_id AND m.as_of = n.as_of
), beyond_post AS (
  SELECT
    enterprise_id,
    as_of,
    person_id,
    MAX(strength) AS strength
  FROM (
    SELECT
      enterprise_id,
      as_of,
      person_id,
      CAST(1 AS DOUBLE) AS strength
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        person_id,
        person_name,
        role,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.person_id,
          CASE WHEN a.has_person_name THEN CAST(a.person_name AS TEXT) ELSE r.person_name END AS person_name,
          r.role,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM beyond AS m
        JOIN position AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'person_name' AS BOOLEAN)) AS has_person_name,
            MAX(value) FILTER(WHERE
              part = 'person_name') AS person_name
          FROM amended_span
          WHERE
            of_table = 'position'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      enterprise_id,
      as_of,
      holder_id,
      CAST(share AS DOUBLE)
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        holder_id,
        holder_kind,
        share,
        amount,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.holder_id,
          r.holder_kind,
          CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
          CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM beyond AS m
        JOIN shareholding AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
            MAX(value) FILTER(WHERE
              part = 'share') AS share,
            BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
            MAX(value) FILTER(WHERE
              part = 'amount') AS amount
          FROM amended_span
          WHERE
            of_table = 'shareholding'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL AND holder_kind = 'person' AND share > 0
  )
  GROUP BY
    enterprise_id,
    as_of,
    person_id
), beyond_person AS (
  SELECT DISTINCT
    person_id,
    as_of
  FROM beyond_post
), beyond_neighbours AS (
  SELECT
    person_id,
    as_of AS day,
    enterprise_id,
    MAX(post) AS post,
    MAX(strength) AS strength
  FROM (
    SELECT
      person_id,
      as_of,
      enterprise_id,
      1 AS post,
      CAST(1 AS DOUBLE) AS strength
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        person_id,
        person_name,
        role,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.person_id,
          CASE WHEN a.has_person_name THEN CAST(a.person_name AS TEXT) ELSE r.person_name END AS person_name,
          r.role,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM beyond_person AS m
        JOIN position AS r
          ON r.person_id = m.person_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'person_name' AS BOOLEAN)) AS has_person_name,
            MAX(value) FILTER(WHERE
              part = 'person_name') AS person_name
          FROM amended_span
          WHERE
            of_table = 'position'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      holder_id,
      as_of,
      enterprise_id,
      0,
      CAST(share AS DOUBLE)
    FROM (
      SELECT
        as_of,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        holder_id,
        holder_kind,
        share,
        amount,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.holder_id,
          r.holder_kind,
          CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
          CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM (
          SELECT
            person_id AS holder_id,
            as_of
          FROM beyond_person
        ) AS m
        JOIN shareholding AS r
          ON r.holder_id = m.holder_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
            MAX(value) FILTER(WHERE
              part = 'share') AS share,
            BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
            MAX(value) FILTER(WHERE
              part = 'amount') AS amount
          FROM amended_span
          WHERE
            of_table = 'shareholding'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL AND holder_kind = 'person' AND share > 0
  )
  GROUP BY
    person_id,
    as_of,
    enterprise_id
), beyond_degree AS (
  SELECT
    r.person_id,
    r.day,
    t.until,
    r.firms,
    r.posts,
    r.marks
  FROM (
    SELECT
      person_id,
      day,
      COUNT(*) AS firms,
      SUM(post) AS posts,
      BIT_OR(CAST(1 AS BIGINT) << CAST(HASH(enterprise_id) % 62 AS INT)) AS marks
    FROM beyond_neighbours
    GROUP BY
      person_id,
      day
  ) AS r
  JOIN (
    SELECT
      person_id,
      as_of AS day,
      CAST(as_of + INTERVAL '1' DAY AS DATE) AS until
    FROM beyond_person
  ) AS t
    ON t.person_id = r.person_id AND t.day = r.day
), beyond_self AS (
  SELECT
    enterprise_id AS holder_id,
    as_of
  FROM beyond
), beyond_held AS (
  SELECT
    p.enterprise_id,
    p.as_of,
    p.person_id,
    p.strength,
    w.day,
    w.firms,
    w.marks
  FROM beyond_post AS p
  JOIN beyond_degree AS w
    ON w.person_id = p.person_id AND w.day <= p.as_of AND p.as_of < w.until
  WHERE
    w.firms BETWEEN 2 AND 20
), beyond_share AS (
  SELECT
    enterprise_id,
    as_of,
    holder_id AS linked_id,
    share AS weight
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
      known_date,
      authority,
      source,
      arrival,
      CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
    FROM (
      SELECT
        m.as_of,
        r.record_id,
        r.enterprise_id,
        CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
        CASE
          WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
          THEN r.end_date
          WHEN r.planned_end_date <= m.as_of
          THEN r.planned_end_date
        END AS end_date,
        r.end_known_date,
        r.planned_end_date,
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM beyond AS m
      JOIN shareholding AS r
        ON r.enterprise_id = m.enterprise_id
      LEFT JOIN (
        SELECT
          source,
          subject,
          record_id,
          acts_from,
          acts_until,
          BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
          BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
          MAX(value) FILTER(WHERE
            part = 'start_date') AS start_date,
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
        GROUP BY
          source,
          subject,
          record_id,
          acts_from,
          acts_until
      ) AS a
        ON a.record_id = r.record_id
        AND a.source = r.source
        AND a.subject = r.enterprise_id
        AND a.acts_from <= m.as_of
        AND m.as_of < a.acts_until
      WHERE
        r.start_date <= m.as_of
        AND r.known_date <= m.as_of
        AND NOT COALESCE(a.excluded, FALSE)
    ) AS r
    WHERE
      TRUE
  )
  WHERE
    end_date IS NULL AND holder_kind = 'enterprise' AND holder_id <> enterprise_id
  UNION ALL
  SELECT
    holder_id,
    as_of,
    enterprise_id,
    share
  FROM (
    SELECT
      as_of,
      record_id,
      enterprise_id,
      start_date,
      end_date,
      planned_end_date,
      holder_id,
      holder_kind,
      share,
      amount,
      known_date,
      authority,
      source,
      arrival,
      CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
    FROM (
      SELECT
        m.as_of,
        r.record_id,
        r.enterprise_id,
        CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
        CASE
          WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
          THEN r.end_date
          WHEN r.planned_end_date <= m.as_of
          THEN r.planned_end_date
        END AS end_date,
        r.end_known_date,
        r.planned_end_date,
        r.holder_id,
        r.holder_kind,
        CASE WHEN a.has_share THEN CAST(a.share AS DECIMAL(9, 6)) ELSE r.share END AS share,
        CASE WHEN a.has_amount THEN CAST(a.amount AS DECIMAL(18, 4)) ELSE r.amount END AS amount,
        r.known_date,
        r.authority,
        r.source,
        r.arrival
      FROM beyond_self AS m
      JOIN shareholding AS r
        ON r.holder_id = m.holder_id
      LEFT JOIN (
        SELECT
          source,
          subject,
          record_id,
          acts_from,
          acts_until,
          BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
          BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
          MAX(value) FILTER(WHERE
            part = 'start_date') AS start_date,
          BOOL_OR(CAST(part = 'share' AS BOOLEAN)) AS has_share,
          MAX(value) FILTER(WHERE
            part = 'share') AS share,
          BOOL_OR(CAST(part = 'amount' AS BOOLEAN)) AS has_amount,
          MAX(value) FILTER(WHERE
            part = 'amount') AS amount
        FROM amended_span
        WHERE
          of_table = 'shareholding'
        GROUP BY
          source,
          subject,
          record_id,
          acts_from,
          acts_until
      ) AS a
        ON a.record_id = r.record_id
        AND a.source = r.source
        AND a.subject = r.enterprise_id
        AND a.acts_from <= m.as_of
        AND m.as_of < a.acts_until
      WHERE
        r.start_date <= m.as_of
        AND r.known_date <= m.as_of
        AND NOT COALESCE(a.excluded, FALSE)
    ) AS r
    WHERE
      TRUE
  )
  WHERE
    end_date IS NULL AND holder_kind = 'enterprise' AND holder_id <> enterprise_id
), beyond_multi_linked AS (
  SELECT
    enterprise_id,
    as_of,
    BIT_COUNT(BIT_OR(marks)) > 21 AS over_limit
  FROM (
    SELECT
      enterprise_id,
      as_of,
      marks
    FROM beyond_held
    UNION ALL
    SELECT
      enterprise_id,
      as_of,
      CASE
        WHEN weight > 0
        THEN CAST(1 AS BIGINT) << CAST(HASH(linked_id) % 62 AS INT)
        ELSE 0
      END
    FROM beyond_share
  )
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) > 1
), beyond_pair AS (
  SELECT
    enterprise_id,
    as_of,
    linked_id,
    MAX(weight) AS weight
  FROM (
    SELECT
      h.enterprise_id,
      h.as_of,
      r.enterprise_id AS linked_id,
      CAST((
        2 * CAST(LEAST(h.strength, r.strength) * 1000000 AS BIGINT) + h.firms - 1
      ) // (
        2 * (
          h.firms - 1
        )
      ) * 0.000001 AS DECIMAL(9, 6)) AS weight
    FROM (
      SELECT
        h.*
      FROM beyond_held AS h
      SEMI JOIN beyond_multi_linked AS j
        ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    ) AS h
    JOIN beyond_neighbours AS r
      ON r.person_id = h.person_id AND r.day = h.day
    WHERE
      r.enterprise_id <> h.enterprise_id
    UNION ALL
    SELECT
      h.*
    FROM beyond_share AS h
    SEMI JOIN beyond_multi_linked AS j
      ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    WHERE
      h.weight > 0
  )
  GROUP BY
    enterprise_id,
    as_of,
    linked_id
), beyond_few AS (
  SELECT
    enterprise_id,
    as_of
  FROM beyond_pair
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) <= 20
), beyond_link AS (
  SELECT
    p.*
  FROM beyond_pair AS p
  SEMI JOIN beyond_few AS f
    ON f.enterprise_id = p.enterprise_id AND f.as_of = p.as_of
), tied AS (
  SELECT
    *
  FROM near_link
  UNION ALL
  SELECT
    *
  FROM beyond_link
), firm AS (
  SELECT
    *
  FROM (
    SELECT DISTINCT
      enterprise_id,
      enterprise_id AS number
    FROM (
      SELECT
        enterprise_id
      FROM asked
      UNION ALL
      SELECT
        linked_id
      FROM tied
    )
  )
), reached AS (
  SELECT
    f.enterprise_id,
    r.as_of,
    f.number
  FROM (
    SELECT DISTINCT
      linked_id,
      as_of
    FROM tied
  ) AS r
  JOIN firm AS f
    ON f.number = r.linked_id
), onward AS (
  SELECT
    n.*
  FROM near_link AS n
  JOIN near_multi_linked AS j
    ON j.enterprise_id = n.enterprise_id AND j.as_of = n.as_of
  UNION ALL
  SELECT
    *
  FROM beyond_link
), subjects AS (
  SELECT
    enterprise_id AS subject_id,
    as_of,
    number
  FROM reached
), adverse AS (
  SELECT
    number AS enterprise_id,
    as_of,
    SUM(serious) AS serious_listings,
    SUM(abnormal) AS abnormal_listings,
    SUM(penalty) AS penalties,
    SUM(dishonest) AS dishonest_listings,
    MIN(record_id) AS record_id
  FROM (
    SELECT
      number,
      as_of,
      record_id,
      1 AS serious,
      0 AS abnormal,
      0 AS penalty,
      0 AS dishonest
    FROM (
      SELECT
        as_of,
        number,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        list_kind,
        case_id,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          number,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.list_kind,
          CASE WHEN a.has_case_id THEN CAST(a.case_id AS TEXT) ELSE r.case_id END AS case_id,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM reached AS m
        JOIN serious_listing AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'case_id' AS BOOLEAN)) AS has_case_id,
            MAX(value) FILTER(WHERE
              part = 'case_id') AS case_id
          FROM amended_span
          WHERE
            of_table = 'serious_listing'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      number,
      as_of,
      record_id,
      0,
      1,
      0,
      0
    FROM (
      SELECT
        as_of,
        number,
        record_id,
        enterprise_id,
        start_date,
        end_date,
        planned_end_date,
        cause,
        case_id,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          number,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.cause,
          CASE WHEN a.has_case_id THEN CAST(a.case_id AS TEXT) ELSE r.case_id END AS case_id,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM reached AS m
        JOIN abnormal_listing AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'case_id' AS BOOLEAN)) AS has_case_id,
            MAX(value) FILTER(WHERE
              part = 'case_id') AS case_id
          FROM amended_span
          WHERE
            of_table = 'abnormal_listing'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL
    UNION ALL
    SELECT
      number,
      as_of,
      record_id,
      0,
      0,
      1,
      0
    FROM (
      SELECT
        as_of,
        number,
        record_id,
        enterprise_id,
        event_date,
        severity,
        kind,
        domain,
        market_supervision,
        fine,
        confiscated,
        publicised_date,
        restricted_until,
        consequence,
        case_id,
        known_date,
        authority,
        source,
        arrival,
        r.event_date AS effective_date
      FROM (
        SELECT
          m.as_of,
          number,
          r.record_id,
          r.enterprise_id,
          CASE WHEN a.has_event_date THEN CAST(a.event_date AS DATE) ELSE r.event_date END AS event_date,
          r.severity,
          r.kind,
          CASE WHEN a.has_domain THEN CAST(a.domain AS TEXT) ELSE r.domain END AS domain,
          CASE
            WHEN a.has_market_supervision
            THEN CAST(a.market_supervision AS BOOLEAN)
            ELSE r.market_supervision
          END AS market_supervision,
          CASE WHEN a.has_fine THEN CAST(a.fine AS DECIMAL(18, 4)) ELSE r.fine END AS fine,
          CASE
            WHEN a.has_confiscated
            THEN CAST(a.confiscated AS DECIMAL(18, 4))
            ELSE r.confiscated
          END AS confiscated,
          CASE
            WHEN a.has_publicised_date
            THEN CAST(a.publicised_date AS DATE)
            ELSE r.publicised_date
          END AS publicised_date,
          CASE
            WHEN a.has_restricted_until
            THEN CAST(a.restricted_until AS DATE)
            ELSE r.restricted_until
          END AS restricted_until,
          CASE WHEN a.has_consequence THEN CAST(a.consequence AS TEXT) ELSE r.consequence END AS consequence,
          CASE WHEN a.has_case_id THEN CAST(a.case_id AS TEXT) ELSE r.case_id END AS case_id,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM reached AS m
        JOIN penalty AS r
          ON r.enterprise_id = m.enterprise_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'event_date' AS BOOLEAN)) AS has_event_date,
            MAX(value) FILTER(WHERE
              part = 'event_date') AS event_date,
            BOOL_OR(CAST(part = 'domain' AS BOOLEAN)) AS has_domain,
            MAX(value) FILTER(WHERE
              part = 'domain') AS domain,
            BOOL_OR(CAST(part = 'market_supervision' AS BOOLEAN)) AS has_market_supervision,
            MAX(value) FILTER(WHERE
              part = 'market_supervision') AS market_supervision,
            BOOL_OR(CAST(part = 'fine' AS BOOLEAN)) AS has_fine,
            MAX(value) FILTER(WHERE
              part = 'fine') AS fine,
            BOOL_OR(CAST(part = 'confiscated' AS BOOLEAN)) AS has_confiscated,
            MAX(value) FILTER(WHERE
              part = 'confiscated') AS confiscated,
            BOOL_OR(CAST(part = 'publicised_date' AS BOOLEAN)) AS has_publicised_date,
            MAX(value) FILTER(WHERE
              part = 'publicised_date') AS publicised_date,
            BOOL_OR(CAST(part = 'restricted_until' AS BOOLEAN)) AS has_restricted_until,
            MAX(value) FILTER(WHERE
              part = 'restricted_until') AS restricted_until,
            BOOL_OR(CAST(part = 'consequence' AS BOOLEAN)) AS has_consequence,
            MAX(value) FILTER(WHERE
              part = 'consequence') AS consequence,
            BOOL_OR(CAST(part = 'case_id' AS BOOLEAN)) AS has_case_id,
            MAX(value) FILTER(WHERE
              part = 'case_id') AS case_id
          FROM amended_span
          WHERE
            of_table = 'penalty'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.enterprise_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.event_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        (
          CASE
            WHEN TRUE
            THEN CASE
              WHEN r.as_of >= CAST('2020-01-01' AS DATE)
              THEN COALESCE(r.event_date, r.event_date) + INTERVAL '3' YEAR > r.as_of
              ELSE COALESCE(r.event_date, r.event_date) + INTERVAL '3' YEAR > r.as_of
            END
            ELSE TRUE
          END
        )
    )
    WHERE
      severity <> 'warning'
    UNION ALL
    SELECT
      number,
      as_of,
      record_id,
      0,
      0,
      0,
      1
    FROM (
      SELECT
        as_of,
        number,
        record_id,
        start_date,
        end_date,
        planned_end_date,
        subject_id,
        subject_kind,
        case_number,
        known_date,
        authority,
        source,
        arrival,
        CASE WHEN r.end_date IS NULL THEN r.as_of ELSE r.start_date END AS effective_date
      FROM (
        SELECT
          m.as_of,
          number,
          r.record_id,
          CASE WHEN a.has_start_date THEN CAST(a.start_date AS DATE) ELSE r.start_date END AS start_date,
          CASE
            WHEN r.end_date <= m.as_of AND r.end_known_date <= m.as_of
            THEN r.end_date
            WHEN r.planned_end_date <= m.as_of
            THEN r.planned_end_date
          END AS end_date,
          r.end_known_date,
          r.planned_end_date,
          r.subject_id,
          r.subject_kind,
          CASE WHEN a.has_case_number THEN CAST(a.case_number AS TEXT) ELSE r.case_number END AS case_number,
          r.known_date,
          r.authority,
          r.source,
          r.arrival
        FROM subjects AS m
        JOIN dishonest_debtor AS r
          ON r.subject_id = m.subject_id
        LEFT JOIN (
          SELECT
            source,
            subject,
            record_id,
            acts_from,
            acts_until,
            BOOL_OR(CAST(part IS NULL AS BOOLEAN)) AS excluded,
            BOOL_OR(CAST(part = 'start_date' AS BOOLEAN)) AS has_start_date,
            MAX(value) FILTER(WHERE
              part = 'start_date') AS start_date,
            BOOL_OR(CAST(part = 'case_number' AS BOOLEAN)) AS has_case_number,
            MAX(value) FILTER(WHERE
              part = 'case_number') AS case_number
          FROM amended_span
          WHERE
            of_table = 'dishonest_debtor'
          GROUP BY
            source,
            subject,
            record_id,
            acts_from,
            acts_until
        ) AS a
          ON a.record_id = r.record_id
          AND a.source = r.source
          AND a.subject = r.subject_id
          AND a.acts_from <= m.as_of
          AND m.as_of < a.acts_until
        WHERE
          r.start_date <= m.as_of
          AND r.known_date <= m.as_of
          AND NOT COALESCE(a.excluded, FALSE)
      ) AS r
      WHERE
        TRUE
    )
    WHERE
      end_date IS NULL AND subject_kind = 'enterprise'
  )
  GROUP BY
    number,
    as_of
), far_adverse AS MATERIALIZED (
  SELECT
    f.*
  FROM onward AS f
  JOIN adverse AS a
    ON a.enterprise_id = f.linked_id AND a.as_of = f.as_of
), linked AS (
  SELECT
    enterprise_id,
    as_of,
    linked_id,
    1 AS hops,
    weight
  FROM near_link
  UNION ALL
  SELECT
    n.enterprise_id,
    n.as_of,
    f.linked_id,
    2 AS hops,
    MAX(CAST(n.weight * f.weight AS DECIMAL(9, 6))) AS weight
  FROM near_link AS n
  JOIN far_adverse AS f
    ON f.enterprise_id = n.linked_id AND f.as_of = n.as_of
  LEFT JOIN near_link AS d
    ON d.enterprise_id = n.enterprise_id
    AND d.as_of = n.as_of
    AND d.linked_id = f.linked_id
  WHERE
    f.linked_id <> n.enterprise_id AND d.linked_id IS NULL
  GROUP BY
    n.enterprise_id,
    n.as_of,
    f.linked_id
)
SELECT
  e.enterprise_id,
  k.as_of,
  a.record_id,
  f.enterprise_id AS linked_id,
  k.hops,
  k.weight,
  COALESCE(a.serious_listings, 0) AS serious_listings,
  COALESCE(a.abnormal_listings, 0) AS abnormal_listings,
  COALESCE(a.penalties, 0) AS penalties,
  COALESCE(a.dishonest_listings, 0) AS dishonest_listings,
  NOT a.enterprise_id IS NULL AS adverse
FROM linked AS k
JOIN firm AS e
  ON e.number = k.enterprise_id
JOIN firm AS f
  ON f.number = k.linked_id
LEFT JOIN adverse AS a
  ON a.enterprise_id = k.linked_id AND a.as_of = k.as_of
