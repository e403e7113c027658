"""The record store read with pandas, and the point-in-time rule for one as-of date."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskml.lab.naive.effect_periods import READ, in_effect
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES

_EMPTY = {"amount": 0.0, "share": 0.0, "number": 0.0, "integer": 0.0, "flag": False, "text": None, "date": pd.NaT}


def read_table(store: RecordStore, name: str, columns: list[str]) -> pd.DataFrame:
    """The given columns of a record table, whole: amounts as float64, dates as datetime64, text as str.

    Only the columns that are needed are read, and amounts become floats in Arrow: ``pd.read_parquet`` alone would give
    Python Decimals, which are many times slower.
    """
    table = pq.read_table([str(path) for path in store.paths(name)], columns=columns, partitioning=None)
    types = {field.name: pa.float64() if pa.types.is_decimal(field.type) else field.type for field in table.schema}
    rows: pd.DataFrame = table.cast(pa.schema(types.items())).to_pandas(date_as_object=False)
    return rows


@dataclass(frozen=True)
class Records:
    """What was known at one as-of date.

    Parameters
    ----------
    store
        Every table of it has been received.
    as_of
        The day that is asked about.
    """

    store: RecordStore
    as_of: pd.Timestamp

    def live(self, name: str, *columns: str) -> pd.DataFrame:
        """The records of a table that count, with record_id, the subject, the dates and `columns`.

        Known by the as-of date, in effect, not revoked, changed, misjudged, repaired or barred; a part that was revoked
        is empty, one that was reduced is what is left, a changed act has the dates of the first decision; an end that
        was not known yet is missing.
        """
        table = TABLES[name]
        ends = ["end_date", "end_known_date", "planned_end_date"] if table.kind == "state" else []
        dates = [table.date_column, "known_date", *ends]
        wanted = dict.fromkeys(["record_id", "arrival", table.subject, *dates, *columns, *READ.get(name, ())])
        rows = read_table(self.store, name, list(wanted))
        rows = rows[(rows[table.date_column] <= self.as_of) & (rows["known_date"] <= self.as_of)]
        amended = self.acting[self.acting["of_table"] == name]
        replaced = amended[(amended["kind"] == "changed") & amended["replaced_by"].notna()]
        amended = amended.drop(replaced.index[~replaced["replaced_by"].isin(rows["record_id"])])
        partly = amended["kind"].isin(["partly_revoked", "reduced"])
        first = self._first_decisions(rows, amended[amended["kind"] == "changed"], table.clock_columns)
        rows = rows[~rows["record_id"].isin(amended.loc[~partly, "of_record"])].copy()
        for column, days in first.items():
            rows[column] = rows["record_id"].map(days).where(rows["record_id"].isin(days.index), rows[column])
        for part, values in amended[partly].groupby("part"):
            if part in rows and part in {column.name for column in table.parts}:
                empty = _EMPTY[table.column(str(part)).type]
                left = values.assign(value=pd.to_numeric(values["value"]).fillna(0)).groupby("of_record")["value"].min()
                hit = rows["record_id"].isin(values["of_record"]) & rows[part].notna()
                rows.loc[hit, part] = rows.loc[hit, "record_id"].map(left) if isinstance(empty, float) else empty
        if table.kind == "state":
            # The end that was known, else the planned one once it has passed.
            ended = (rows["end_date"] <= self.as_of) & (rows["end_known_date"] <= self.as_of)
            passed = rows["planned_end_date"].where(rows["planned_end_date"] <= self.as_of)
            rows = rows.assign(end_date=rows["end_date"].where(ended, passed))
        rows = rows[in_effect(name, rows, self.as_of)].copy()
        return rows

    def _first_decisions(
        self, rows: pd.DataFrame, changed: pd.DataFrame, clocks: tuple[str, ...]
    ) -> dict[str, pd.Series]:
        """The dates of replacing records where what they replaced had earlier ones: column → record_id → date."""
        by_id = rows.set_index("record_id")
        old = changed.dropna(subset=["replaced_by"]).set_index("replaced_by")["of_record"]
        found: dict[str, dict[str, object]] = {name: {} for name in clocks if name in rows}
        for new in old.index:
            chain = [new]
            while chain[-1] in old.index:
                chain.append(old[chain[-1]])
            for name, days in found.items():
                before = by_id.loc[by_id.index.intersection(chain), name]
                days[new] = pd.NaT if before.isna().any() else before.min()
        return {name: pd.Series(days, dtype="datetime64[us]") for name, days in found.items() if days}

    @cached_property
    def acting(self) -> pd.DataFrame:
        """The amendments known by the as-of date that nothing undoes; an undoing counts unless it is undone itself."""
        known = self.amendments[self.amendments["since"] <= self.as_of]
        undoes = known[known["of_table"] == "amendment"]
        undone: set[str] = set()
        while True:
            now = set(undoes.loc[~undoes["record_id"].isin(undone), "of_record"])
            if now == undone:
                return known[~known["record_id"].isin(undone)]
            undone = now

    @cached_property
    def amendments(self) -> pd.DataFrame:
        """All amendments; `since` is the day each took effect and was known."""
        columns = [
            "record_id",
            "of_table",
            "of_record",
            "kind",
            "part",
            "value",
            "replaced_by",
            "event_date",
            "known_date",
        ]
        rows = read_table(self.store, "amendment", columns)
        rows["since"] = rows[["event_date", "known_date"]].max(axis=1)
        return rows

    @cached_property
    def enterprises(self) -> pd.DataFrame:
        """The registration of every enterprise as last known, deregistered ones too, one row each."""
        rows = self.live(
            "enterprise", "status", "kind", "industry", "division", "registered_capital", "paid_capital",
            "established_date", "operating_until", "address",
        )  # fmt: skip
        return rows.sort_values(["valid_from", "known_date", "arrival"]).drop_duplicates("enterprise_id", keep="last")

    @cached_property
    def registered(self) -> pd.DataFrame:
        """Those that are registered, in the order of their codes."""
        return self.enterprises[self.enterprises["status"] != "deregistered"].sort_values("enterprise_id")

    @cached_property
    def graded(self) -> pd.Series:
        """The codes of those registered whom Yunnan's scheme grades (Art. 2): in the province, and no individual
        businesses.
        """
        division, kind = self.registered["division"], self.registered["kind"]
        inside = division.isna() | division.str.startswith("53")
        return self.registered.loc[inside & (kind != "individual_business"), "enterprise_id"]

    @cached_property
    def posts(self) -> pd.DataFrame:
        """The posts now held."""
        rows = self.live("position", "person_id", "role")
        return rows[rows["end_date"].isna()]

    @cached_property
    def holdings(self) -> pd.DataFrame:
        """The shares now held."""
        rows = self.live("shareholding", "holder_id", "holder_kind", "share")
        return rows[rows["end_date"].isna()]

    @cached_property
    def dishonest(self) -> pd.DataFrame:
        """Persons and enterprises now listed as dishonest judgment debtors."""
        rows = self.live("dishonest_debtor", "subject_kind")
        return rows[rows["end_date"].isna()]

    @cached_property
    def dishonest_enterprises(self) -> pd.DataFrame:
        """The enterprises among them."""
        rows = self.dishonest[self.dishonest["subject_kind"] == "enterprise"]
        return rows.rename(columns={"subject_id": "enterprise_id"})

    @cached_property
    def abnormal_listings(self) -> pd.DataFrame:
        """The abnormal list, with listings that have ended but are still in effect."""
        return self.live("abnormal_listing", "cause")

    @cached_property
    def serious_listings(self) -> pd.DataFrame:
        """Every department's lists of serious dishonesty, with listings that have ended but are still in effect."""
        return self.live("serious_listing", "list_kind")

    @cached_property
    def penalties(self) -> pd.DataFrame:
        """Penalties in effect."""
        return self.live("penalty", "severity", "kind", "domain", "market_supervision", "fine", "confiscated")

    @cached_property
    def opinion(self) -> pd.DataFrame:
        """Public opinion in effect."""
        return self.live("opinion", "sentiment", "attention", "effect")

    @cached_property
    def post_holders(self) -> pd.DataFrame:
        """The posts now held, with how many enterprises the person has, and how many of them are revoked."""
        revoked = self.enterprises.loc[self.enterprises["status"] == "revoked", "enterprise_id"]
        where = self.posts[["person_id", "enterprise_id"]].drop_duplicates()
        where = where.assign(revoked=where["enterprise_id"].isin(revoked))
        reach = where.groupby("person_id")["revoked"].agg(firms="size", revoked_firms="sum")
        return self.posts.merge(reach, left_on="person_id", right_index=True)

    @cached_property
    def dishonest_post_holders(self) -> pd.DataFrame:
        """The posts now held by persons now listed as dishonest judgment debtors; record_id is the listing."""
        posts = self.posts[["enterprise_id", "person_id", "role"]]
        persons = self.dishonest[self.dishonest["subject_kind"] == "person"]
        return posts.merge(persons[["subject_id", "record_id"]], left_on="person_id", right_on="subject_id")
