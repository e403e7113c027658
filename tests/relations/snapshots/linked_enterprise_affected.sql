WITH changed_person AS (
  SELECT
    person_id
  FROM changed_position
  WHERE
    moved
  UNION
  SELECT
    holder_id
  FROM changed_shareholding
  WHERE
    moved AND holder_kind = 'person'
), retied AS MATERIALIZED (
  SELECT
    enterprise_id
  FROM position
  WHERE
    person_id IN (
      SELECT
        person_id
      FROM changed_person
    )
  UNION
  SELECT
    enterprise_id
  FROM shareholding
  WHERE
    holder_id IN (
      SELECT
        person_id
      FROM changed_person
    )
  UNION
  SELECT
    subject
  FROM changed_position
  WHERE
    moved
  UNION
  SELECT
    subject
  FROM changed_shareholding
  WHERE
    moved
  UNION
  SELECT
    holder_id
  FROM changed_shareholding
  WHERE
    moved AND holder_kind = 'enterprise'
), adverse_end AS MATERIALIZED (
  SELECT
    subject AS enterprise_id
  FROM changed_serious_listing
  WHERE
    moved
  UNION
  SELECT
    subject
  FROM changed_abnormal_listing
  WHERE
    moved
  UNION
  SELECT
    subject
  FROM changed_penalty
  WHERE
    moved
  UNION
  SELECT
    subject
  FROM changed_dishonest_debtor
  WHERE
    moved
), near_date AS MATERIALIZED (
  SELECT
    number AS enterprise_id,
    CAST('2026-11-01' AS DATE) AS as_of
  FROM tying_firm
  WHERE
    enterprise_id IN (
      SELECT
        enterprise_id
      FROM retied
      UNION
      SELECT
        enterprise_id
      FROM adverse_end
    )
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
        FROM near_date AS m
        JOIN tying_position AS r
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
          AND a.subject = r.code
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
        FROM near_date AS m
        JOIN tying_shareholding AS r
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
          AND a.subject = r.code
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
), near_self AS (
  SELECT
    enterprise_id AS holder_id,
    as_of
  FROM near_date
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
  JOIN tying_degree AS w
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
      FROM near_date AS m
      JOIN tying_holding AS r
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
        AND a.subject = r.code
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
      JOIN tying_holding AS r
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
        AND a.subject = r.code
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
    JOIN tying_neighbours AS r
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
  JOIN tying_neighbours AS r
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
), tied AS MATERIALIZED (
  SELECT
    h.enterprise_id,
    r.enterprise_id AS linked_id
  FROM near_held AS h
  JOIN tying_neighbours AS r
    ON r.person_id = h.person_id AND r.day = h.day
  WHERE
    r.enterprise_id <> h.enterprise_id
  UNION
  SELECT
    enterprise_id,
    linked_id
  FROM near_share
  WHERE
    weight > 0
), far_date AS MATERIALIZED (
  SELECT DISTINCT
    linked_id AS enterprise_id,
    CAST('2026-11-01' AS DATE) AS as_of
  FROM tied
  WHERE
    enterprise_id IN (
      SELECT
        number
      FROM tying_firm
      WHERE
        enterprise_id IN (
          SELECT
            enterprise_id
          FROM adverse_end
        )
    )
), far_post AS (
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
        FROM far_date AS m
        JOIN tying_position AS r
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
          AND a.subject = r.code
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
        FROM far_date AS m
        JOIN tying_shareholding AS r
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
          AND a.subject = r.code
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
), far_self AS (
  SELECT
    enterprise_id AS holder_id,
    as_of
  FROM far_date
), far_held AS (
  SELECT
    p.enterprise_id,
    p.as_of,
    p.person_id,
    p.strength,
    w.day,
    w.firms,
    w.marks
  FROM far_post AS p
  JOIN tying_degree AS w
    ON w.person_id = p.person_id AND w.day <= p.as_of AND p.as_of < w.until
  WHERE
    w.firms BETWEEN 2 AND 20
), far_share AS (
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
      FROM far_date AS m
      JOIN tying_holding AS r
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
        AND a.subject = r.code
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
      FROM far_self AS m
      JOIN tying_holding AS r
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
        AND a.subject = r.code
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
), far_multi_linked AS (
  SELECT
    enterprise_id,
    as_of,
    BIT_COUNT(BIT_OR(marks)) > 21 AS over_limit
  FROM (
    SELECT
      enterprise_id,
      as_of,
      marks
    FROM far_held
    UNION ALL
    SELECT
      enterprise_id,
      as_of,
      CASE
        WHEN weight > 0
        THEN CAST(1 AS BIGINT) << CAST(HASH(linked_id) % 62 AS INT)
        ELSE 0
      END
    FROM far_share
  )
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) > 1
), far_pair AS (
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
      FROM far_held AS h
      SEMI JOIN far_multi_linked AS j
        ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    ) AS h
    JOIN tying_neighbours AS r
      ON r.person_id = h.person_id AND r.day = h.day
    WHERE
      r.enterprise_id <> h.enterprise_id
    UNION ALL
    SELECT
      h.*
    FROM far_share AS h
    SEMI JOIN far_multi_linked AS j
      ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of AND NOT j.over_limit
    WHERE
      h.weight > 0
  )
  GROUP BY
    enterprise_id,
    as_of,
    linked_id
), far_few AS (
  SELECT
    enterprise_id,
    as_of
  FROM far_pair
  GROUP BY
    enterprise_id,
    as_of
  HAVING
    COUNT(*) <= 20
), far_link AS (
  SELECT
    p.*
  FROM far_pair AS p
  SEMI JOIN far_few AS f
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
    FROM far_held AS h
    ANTI JOIN far_multi_linked AS j
      ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of
  ) AS h
  JOIN tying_neighbours AS r
    ON r.person_id = h.person_id AND r.day = h.day
  WHERE
    r.enterprise_id <> h.enterprise_id
  UNION ALL
  SELECT
    h.*
  FROM far_share AS h
  ANTI JOIN far_multi_linked AS j
    ON j.enterprise_id = h.enterprise_id AND j.as_of = h.as_of
  WHERE
    h.weight > 0
), linked AS (
  SELECT
    linked_id
  FROM tied
  UNION
  SELECT
    linked_id
  FROM far_link
)
SELECT
  enterprise_id
FROM retied
UNION
SELECT
  enterprise_id
FROM adverse_end
UNION
SELECT
  enterprise_id
FROM tying_firm
WHERE
  number IN (
    SELECT
      linked_id
    FROM linked
  )
