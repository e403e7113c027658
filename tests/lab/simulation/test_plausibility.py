"""The province resembles what regulators publish, and its random draw is random."""

from __future__ import annotations

import pytest

DRAWN = """
    WITH place AS (SELECT enterprise_id, any_value(division) AS county FROM enterprise GROUP BY ALL),
    scored AS (
        SELECT truth.*, county, avg(latent) OVER peers AS mean, stddev_samp(latent) OVER peers AS spread
        FROM truth JOIN place USING (enterprise_id)
        WINDOW peers AS (PARTITION BY county, month_end)
    )
    SELECT avg((latent - mean) / spread) * sqrt(count(*)), count(*)
    FROM inspection JOIN scored USING (enterprise_id)
    WHERE kind = ? AND month_end = last_day(CAST(event_date AS DATE) - INTERVAL 1 MONTH) AND spread > 0
"""


@pytest.fixture(scope="module")
def records(simulated):
    return simulated.connect()


def _one(records, query):
    return records.execute(query).fetchone()[0]


def test_the_random_draw_knows_nothing_of_the_risk_and_targeting_does(records):
    deviation, drawn = records.execute(DRAWN, ["random"]).fetchone()
    assert drawn > 500
    assert abs(deviation) < 3.0
    assert records.execute(DRAWN, ["targeted"]).fetchone()[0] > 5.0


def test_what_is_found_follows_the_risk_not_the_draw(records):
    query = """
        SELECT kind, avg(CAST(result <> 'no_problem' AS INT)) - avg(risk) FROM inspection
          JOIN truth USING (enterprise_id)
        WHERE month_end = last_day(CAST(event_date AS DATE) - INTERVAL 1 MONTH) AND kind IN ('random', 'targeted')
          GROUP BY kind
    """
    for kind, excess in records.execute(query).fetchall():
        assert abs(excess) < 0.06, kind


def test_base_rates_resemble_the_published_ones(records):
    window = "CAST(event_date AS DATE) >= DATE '2024-05-01'"
    enterprises = _one(records, "SELECT count(DISTINCT enterprise_id) FROM enterprise")
    random = _one(records, f"SELECT count(*) FROM inspection WHERE kind = 'random' AND {window}")
    assert 0.025 < random / 2.5 / enterprises < 0.055
    rate = "SELECT avg(CAST(result <> 'no_problem' AS INT)) FROM inspection WHERE kind ="
    assert 0.28 < _one(records, f"{rate} 'random'") < 0.45
    assert _one(records, f"{rate} 'targeted'") > _one(records, f"{rate} 'random'") + 0.08
    serious = _one(records, "SELECT count(DISTINCT enterprise_id) FROM serious_listing WHERE end_date IS NULL")
    assert 0.004 < serious / enterprises < 0.016
    debtors = _one(
        records,
        "SELECT count(DISTINCT p.enterprise_id) FROM position p JOIN dishonest_debtor d ON d.subject_id = p.person_id "
        "WHERE p.end_date IS NULL AND d.end_date IS NULL",
    )
    assert 0 < debtors / enterprises < 0.01


def test_problems_rise_steeply_with_the_hidden_risk(records):
    query = """
        SELECT avg(CAST(result <> 'no_problem' AS INT)) FILTER (place < 0.6),
          avg(CAST(result <> 'no_problem' AS INT)) FILTER (place > 0.96)
        FROM inspection JOIN (
            SELECT enterprise_id, month_end, percent_rank() OVER (PARTITION BY month_end ORDER BY risk) AS place
              FROM truth
        ) USING (enterprise_id)
        WHERE kind = 'random' AND month_end = last_day(CAST(event_date AS DATE) - INTERVAL 1 MONTH)
    """
    low, high = records.execute(query).fetchone()
    assert low < 0.20
    assert high > 0.80


def test_reports_are_filed_in_season_and_the_missing_are_listed_in_july(records):
    assert _one(records, "SELECT avg(CAST(month(CAST(event_date AS DATE)) <= 6 AS INT)) FROM annual_report") > 0.85
    july = (
        "SELECT avg(CAST(month(CAST(start_date AS DATE)) = 7 AS INT)) FROM abnormal_listing WHERE cause = "
        "'annual_report'"
    )
    assert _one(records, july) == 1.0


def test_warnings_are_more_common_and_repairs_faster_since_order_107(records):
    warnings = "SELECT avg(CAST(severity = 'warning' AS INT)) FROM penalty WHERE event_date"
    assert _one(records, f"{warnings} >= '2025-12-25'") > _one(records, f"{warnings} < '2025-12-25'") + 0.05
    wait = """
        SELECT min(date_diff('day', CAST(p.publicised_date AS DATE), CAST(a.event_date AS DATE)))
        FROM amendment a JOIN penalty p ON p.record_id = a.of_record WHERE a.kind = 'repaired' AND a.event_date
    """
    assert _one(records, f"{wait} < '2025-12-25'") >= 183
    assert 91 <= _one(records, f"{wait} >= '2025-12-25'") < 183


def test_amendments_of_every_kind_name_records_that_exist(records):
    kinds = dict(records.execute("SELECT kind, count(*) FROM amendment GROUP BY kind").fetchall())
    assert set(kinds) == {"revoked", "changed", "partly_revoked", "misjudged", "repaired", "reduced", "barred"}
    for (table,) in records.execute("SELECT DISTINCT of_table FROM amendment").fetchall():
        dangling = (
            f"SELECT count(*) FROM amendment a ANTI JOIN {table} t ON t.record_id = a.of_record WHERE a.of_table = "
            f"'{table}'"
        )
        assert _one(records, dangling) == 0
    assert _one(records, "SELECT count(*) FROM amendment WHERE (kind = 'changed') <> (replaced_by IS NOT NULL)") == 0
    assert (
        _one(
            records,
            "SELECT count(*) FROM amendment WHERE (kind IN ('partly_revoked', 'reduced')) <> (part IS NOT NULL)",
        )
        == 0
    )
    assert _one(records, "SELECT count(*) FROM amendment WHERE (kind = 'reduced') <> (\"value\" IS NOT NULL)") == 0
    assert _one(records, "SELECT count(*) FROM amendment WHERE (kind = 'barred') <> (law IS NOT NULL)") == 0
    replaced = (
        "SELECT count(*) FROM amendment a ANTI JOIN penalty p ON p.record_id = a.replaced_by WHERE a.kind = 'changed'"
    )
    assert _one(records, replaced) == 0


def test_posts_and_addresses_have_heavy_tails_and_shares_no_circles(records):
    posts = (
        "SELECT max(n) FROM (SELECT count(DISTINCT enterprise_id) AS n FROM position WHERE end_date IS NULL GROUP BY "
        "person_id)"
    )
    assert 10 <= _one(records, posts) <= 60
    addresses = "SELECT max(n) FROM (SELECT count(DISTINCT enterprise_id) AS n FROM enterprise GROUP BY address)"
    assert _one(records, addresses) >= 15
    backwards = """
        WITH founded AS (SELECT enterprise_id, any_value(established_date) AS day FROM enterprise GROUP BY ALL)
        SELECT count(*), count(*) FILTER (holder.day > held.day) FROM shareholding s
        JOIN founded holder ON holder.enterprise_id = s.holder_id JOIN founded held
          ON held.enterprise_id = s.enterprise_id
        WHERE s.holder_kind = 'enterprise'
    """
    chains, wrong = records.execute(backwards).fetchone()
    assert chains > 100
    assert wrong == 0


def test_a_person_who_ties_enterprises_ties_a_few(records):
    """Not two dozen on average: then every second enterprise would be linked to half of its county."""
    tied = """
        WITH tie AS (
            SELECT person_id AS person, enterprise_id FROM position WHERE end_date IS NULL
            UNION SELECT holder_id, enterprise_id FROM shareholding WHERE end_date IS NULL AND holder_kind = 'person')
        SELECT avg(firms), quantile_cont(firms, 0.99), count(*)
        FROM (SELECT count(*) AS firms FROM tie GROUP BY person HAVING count(*) > 1)
    """
    mean, most, persons = records.execute(tied).fetchone()
    assert 2 < mean < 5
    assert most < 20
    assert persons > 500


def test_a_branch_has_no_capital_of_its_own_and_changes_none(records):
    branch = "SELECT enterprise_id FROM enterprise WHERE kind = 'branch'"
    assert (
        _one(
            records,
            f"SELECT count(registered_capital) + count(paid_capital) FROM enterprise WHERE enterprise_id IN ({branch})",
        )
        == 0
    )
    for table, where in (
        ("change", "item IN ('capital', 'shareholder')"),
        ("equity_pledge", "true"),
        ("shareholding", "true"),
    ):
        assert _one(records, f"SELECT count(*) FROM {table} WHERE {where} AND enterprise_id IN ({branch})") == 0, table


def test_a_changed_decision_keeps_the_day_and_the_case_of_the_first(records):
    changed = """
        FROM amendment a JOIN penalty p ON p.record_id = a.of_record JOIN penalty n ON n.record_id = a.replaced_by
        WHERE a.kind = 'changed'
    """
    assert _one(records, f"SELECT count(*) {changed}") > 3
    same = (
        "n.event_date = p.event_date AND n.case_id = p.case_id AND n.publicised_date IS NOT DISTINCT FROM "
        "p.publicised_date"
    )
    assert _one(records, f"SELECT count(*) {changed} AND NOT ({same})") == 0
    assert _one(records, f"SELECT count(*) {changed} AND NOT (n.fine < p.fine AND n.known_date >= p.known_date)") == 0


def test_individual_businesses_streets_and_the_three_other_places_are_there(records):
    kinds = dict(records.execute("SELECT kind, count(DISTINCT enterprise_id) FROM enterprise GROUP BY kind").fetchall())
    assert 0.04 < kinds["individual_business"] / sum(kinds.values()) < 0.12
    places = "SELECT count(DISTINCT enterprise_id) FROM enterprise WHERE division LIKE"
    assert min(_one(records, f"{places} '{place}%'") for place in ("1310", "4401", "211382")) >= 250
    assert (
        _one(
            records,
            "SELECT count(*) FROM enterprise WHERE left(street, 6) IS DISTINCT FROM division OR length(street) <> 9",
        )
        == 0
    )
    streets = (
        "SELECT count(DISTINCT street), count(*) FILTER (tax_area <> street) FROM enterprise WHERE division = '530111'"
    )
    number, taxed_elsewhere = records.execute(streets).fetchone()
    assert number == 10
    assert taxed_elsewhere > 10
    assert _one(records, "SELECT count(*) FROM position WHERE role = 'operator'") > 500


def test_cases_are_reported_more_than_once_and_outcomes_are_told(records):
    for table in ("penalty", "judgment"):
        rows, cases = records.execute(f"SELECT count(*), count(DISTINCT case_id) FROM {table}").fetchone()
        assert 0.9 < cases / rows < 0.999, table
    listed = (
        "SELECT count(*) FROM serious_listing l JOIN penalty p ON p.case_id = l.case_id AND p.enterprise_id = "
        "l.enterprise_id"
    )
    assert _one(records, listed) > 5
    assert 0.01 < _one(records, "SELECT avg(CAST(consequence = 'serious' AS INT)) FROM penalty") < 0.08
    assert _one(records, "SELECT count(DISTINCT gravity) FROM tax_arrears") == 3
    assert _one(records, "SELECT count(*) FROM commitment WHERE outcome = 'kept' AND gravity IS NOT NULL") == 0


def test_outside_grades_follow_the_risk_and_end_after_a_year(records):
    apart = """
        SELECT avg(risk) FILTER (risk_level = 'low'), avg(risk) FILTER (risk_level IN ('higher', 'high'))
        FROM external_grade JOIN truth USING (enterprise_id)
        WHERE field = 'tax' AND month_end = DATE '2026-09-30' AND start_date > '2026-01-01'
    """
    low, high = records.execute(apart).fetchone()
    assert low + 0.1 < high
    assert _one(records, "SELECT count(*) FROM external_grade WHERE planned_end_date IS NULL") == 0
    assert (
        _one(records, "SELECT count(*) FROM external_grade WHERE end_date IS NULL AND planned_end_date < '2026-10-31'")
        == 0
    )


def test_what_enterprises_report_of_themselves_is_verified_later_or_not(records):
    stages = dict(records.execute("SELECT stage, count(*) FROM honour_claim GROUP BY stage").fetchall())
    assert stages["rejected"] < stages["verified"] < stages["submitted"]
    early = """
        SELECT count(*) FROM honour_claim v ANTI JOIN honour_claim s
        ON s.claim_id = v.claim_id AND s.enterprise_id = v.enterprise_id AND s.stage = 'submitted'
          AND s.event_date < v.event_date
        WHERE v.stage <> 'submitted'
    """
    assert _one(records, early) == 0
    assert (
        _one(records, "SELECT count(*) FROM honour_claim WHERE (stage = 'verified') <> (expiry_date IS NOT NULL)") == 0
    )


def test_enterprises_with_the_same_legal_representative_or_shareholder_resemble_each_other(records):
    pairs = """
        WITH scored AS (SELECT enterprise_id, latent FROM truth WHERE month_end = DATE '2026-09-30'),
        led AS (SELECT enterprise_id, person_id FROM position WHERE end_date IS NULL AND role = 'legal_representative')
        SELECT corr(a.latent, b.latent) FROM led x JOIN led y ON x.person_id = y.person_id
          AND x.enterprise_id < y.enterprise_id
        JOIN scored a ON a.enterprise_id = x.enterprise_id JOIN scored b ON b.enterprise_id = y.enterprise_id
    """
    assert _one(records, pairs) > 0.12
    held = """
        WITH scored AS (SELECT enterprise_id, latent FROM truth WHERE month_end = DATE '2026-09-30')
        SELECT corr(a.latent, b.latent) FROM shareholding s JOIN scored a ON a.enterprise_id = s.enterprise_id
        JOIN scored b ON b.enterprise_id = s.holder_id WHERE s.end_date IS NULL
    """
    assert _one(records, held) > 0.02


def test_some_records_become_known_months_later(records):
    late = "SELECT avg(CAST(date_diff('day', CAST({} AS DATE), CAST(known_date AS DATE)) > 120 AS INT)) FROM {}"
    assert 0.01 < _one(records, late.format("event_date", "judgment")) < 0.12
    assert _one(records, late.format("start_date", "tax_arrears")) > _one(
        records, late.format("valid_from", "enterprise")
    )
