"""Names of natural persons in what is cited: for whoever's role needs none, the first character alone."""

from __future__ import annotations

from dataclasses import replace

from riskml.core.language import Label
from riskml.explaining.citations import Citation, Evidence, Fact
from riskml.explaining.page import render_page
from riskml.explaining.persons_masked import without_persons
from riskml.records.tables import TABLES

NAME = TABLES["position"].column("person_name").label


def test_a_persons_name_is_masked_wherever_a_record_is_cited(explained):
    one = explained()
    facts = (Fact(NAME, Label("欧阳致远", "欧阳致远")), Fact(Label("职务", "post"), Label("董事", "director")))
    evidence = Evidence((Citation("RZ-1", Label("任职", "Posts"), None, None, facts),), 1)
    told = replace(
        one,
        raised=tuple(replace(reason, evidence=evidence) for reason in one.raised),
        lowered=tuple(replace(reason, evidence=evidence) for reason in one.lowered),
        rules=tuple(replace(rule, evidence=evidence) for rule in one.rules),
    )
    assert "欧阳致远" in render_page(told)
    masked = without_persons(told)
    assert "欧阳致远" not in render_page(masked)
    assert "致远" not in str(masked.to_dict())
    assert masked.raised[0].evidence.cited[0].facts == (Fact(NAME, Label("欧***", "欧***")), facts[1])
