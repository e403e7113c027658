"""Commitment and draw: whatever is changed afterwards is refused, by the one file that outsiders run."""

import hashlib
import json
import re
import subprocess
import sys
from contextlib import nullcontext
from datetime import datetime

import numpy as np
import pytest
from hand_plans import CONTENT, INSPECTORS, NONCE, code, drawn_plan, planned, settings_of, written
from pydantic import ValidationError

from riskml.core import hash_chain
from riskml.core.china_day import CHINA
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import shipped_files
from riskml.core.language import Label
from riskml.core.ledger import Ledger
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.planning import commitment
from riskml.planning.against_text import refuse_published_codes
from riskml.planning.commitment import commit, draw
from riskml.planning.plan_files import PlanFolder
from riskml.planning.read_back import inspectors_of, people_of, visits_of
from riskml.sampling import verifier
from riskml.sampling.verifier import NotAsDrawnError, check, nonce_hash, notes_of, seed_of
from riskml.schemes.scheme import load_scheme


@pytest.fixture
def drawn(tmp_path):
    return drawn_plan(tmp_path)


def verify(drawn, **given):
    folder, ledger = drawn
    return check(folder.published, ledger=ledger.path, **given)


def changed_line(path, line, old, new):
    lines = path.read_text(encoding="utf-8").split("\n")
    assert old in lines[line], lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    path.write_text("\n".join(lines), encoding="utf-8")


def test_a_draw_is_what_follows_from_its_files(drawn):
    folder, _ = drawn
    found = verify(drawn)
    assert (found.units, found.commitments, found.unassigned) == (380, 1, 0)
    done = subprocess.run(
        [sys.executable, "-I", verifier.__file__, folder.published, "--commitment", found.commitment],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert found.commitment in done.stdout


def test_days_that_are_whole_numbers_are_written_as_such(tmp_path):
    ratios = [{**one, "manner": "on_site"} for one in CONTENT["ratios"]]
    folder, ledger = drawn_plan(tmp_path, planned(settings_of(ratios=ratios)))
    assert verify((folder, ledger)).size
    rows = (folder.published / "visits.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.split(",")[3] for row in rows} == {"1"}


def test_published_files_name_no_enterprise_no_inspector_and_no_code_of_a_visit(drawn):
    folder, ledger = drawn
    visits = people_of(ledger, folder)["visit"].to_pylist()
    assert len(set(visits)) == len(visits)
    names = [one.name for one in INSPECTORS]
    for path in folder.published.iterdir():
        content = path.read_text(encoding="utf-8")
        assert not {code(379)[:10], *visits} & set(re.findall(r"[0-9A-F]{12}|\w+", content))
        assert path.suffix != ".csv" or not set(names) & set(re.findall(r"\w+", content))
        assert path.suffix != ".csv" or "directed" not in content
    assert sorted(inspectors_of(ledger, folder).values()) == sorted(names)


def test_pairs_keep_conflicts_fields_and_days(tmp_path):
    folder, ledger = drawn_plan(tmp_path, planned(settings_of(fields=[{"trade": "H", "field": "food"}])))
    names = inspectors_of(ledger, folder)
    lines = (folder.published / "visits.csv").read_text(encoding="utf-8").splitlines()[1:]
    (conflict,) = (folder.published / "conflicts.csv").read_text(encoding="utf-8").splitlines()[1:]
    used: dict[str, float] = {}
    for line in lines:
        unit, place, field, days, first, second = line.split(",")
        assert first != second
        assert f"{first},{unit}" != conflict
        assert f"{second},{unit}" != conflict
        for one in (names[first], names[second]):
            used[one] = used.get(one, 0) + float(days)
            assert place.startswith("5301") or int(one[1:]) % 2 == 0
        assert not field or int(names[first][1:]) % 3
    assert max(used.values()) <= 30


@pytest.mark.parametrize("name", ["frame.csv", "fixed.csv", "inspectors.csv", "conflicts.csv", "plan.json"])
def test_a_changed_file_is_refused(drawn, name):
    path = drawn[0].published / name
    path.write_bytes(path.read_bytes()[:-1] + b"0\n")
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert f"{name} is not the file that was committed to" in raised.value.en


def test_whatever_byte_is_changed_is_refused(drawn):
    random = np.random.default_rng(4)
    for path in sorted(drawn[0].published.iterdir()):
        kept = path.read_bytes()
        for at in random.integers(0, len(kept), 12).tolist():
            path.write_bytes(kept[:at] + bytes([kept[at] ^ (1 << int(random.integers(8)))]) + kept[at + 1 :])
            with pytest.raises(NotAsDrawnError):
                verify(drawn)
        path.write_bytes(kept)
    assert verify(drawn).size


def test_a_changed_probability_is_refused_even_with_a_new_commitment(drawn):
    folder, _ = drawn
    path = folder.published / "frame.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    one, other = (row.split(",") for row in rows[1:3])
    one[2], other[2] = str(int(one[2]) + 5), str(int(other[2]) - 5)
    path.write_text("\n".join((rows[0], ",".join(one), ",".join(other), *rows[3:], "")), encoding="utf-8")
    told = json.loads((folder.published / "commitment.json").read_bytes())
    told["files"]["frame.csv"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder.published / "commitment.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert "another commitment" in raised.value.en


def test_a_swapped_inspector_is_refused(drawn):
    path = drawn[0].published / "visits.csv"
    row = path.read_text(encoding="utf-8").split("\n")[1].split(",")
    other = next(one for one in inspectors_of(drawn[1], drawn[0]) if one not in row)
    changed_line(path, 1, row[-1], other)
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert raised.value.en.startswith("visits.csv, line 2, is")
    assert row[-1] in raised.value.en


def test_a_swapped_enterprise_is_refused(drawn):
    folder, _ = drawn
    taken = (folder.published / "draw.csv").read_text(encoding="utf-8").split("\n")[1].split(",")[0]
    changed_line(folder.published / "draw.csv", 1, taken, "0" * 24)
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert "draw.csv, line 2" in raised.value.en


def test_a_nonce_or_a_seed_of_ones_own_is_refused(drawn):
    path = drawn[0].published / "draw.json"
    kept = path.read_bytes()
    told = json.loads(kept)
    path.write_text(json.dumps({**told, "nonces": ["another"]}), encoding="utf-8")
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert "notary" in raised.value.en
    path.write_text(json.dumps({**told, "seed": "0" * 64}), encoding="utf-8")
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert "seed" in raised.value.en


def test_a_second_draw_is_refused_and_shows(drawn):
    folder, ledger = drawn
    with pytest.raises(RunError, match="was drawn"):
        draw(ledger, folder, "", {"notary": NONCE})
    with pytest.raises(RunError, match="was drawn"):
        commit(ledger, folder)
    # Whoever writes it to the ledger all the same is seen.
    ledger.append(
        "plan", {"plan": folder.name, "step": "draw", "digest": "0" * 64, "commitment": verify_commitment(drawn)}
    )
    with pytest.raises(NotAsDrawnError) as raised:
        verify(drawn)
    assert "has 2 draws" in raised.value.en


def verify_commitment(drawn):
    return hashlib.sha256((drawn[0].published / "commitment.json").read_bytes()).hexdigest()


def test_another_commitment_shows(tmp_path):
    folder, ledger = written(tmp_path)
    commit(ledger, folder)
    with pytest.raises(RunError, match=r"hash of notary, .*, was used by an earlier commitment"):
        commit(ledger, folder)
    anew = settings_of(witnesses=[{"name": "notary", "hash": nonce_hash("another")}])
    written(tmp_path, planned(anew))
    assert commit(ledger, folder).number == 2
    draw(ledger, folder, "", {"notary": "another"})
    assert verify((folder, ledger)).commitments == 2


def test_a_ledger_that_was_altered_is_refused(drawn):
    _, ledger = drawn
    changed_line(ledger.path, 0, '"step":"commitment"', '"step":"something"')
    with pytest.raises(NotAsDrawnError):
        verify(drawn)


def test_what_was_changed_after_the_commitment_is_not_drawn(tmp_path):
    folder, ledger = written(tmp_path)
    with pytest.raises(RunError, match="not committed to"):
        draw(ledger, folder, "", {"notary": NONCE})
    commit(ledger, folder)
    with pytest.raises(ConfigurationError, match="notary"):
        draw(ledger, folder, "", {"notary": "another"})
    path = folder.published / "fixed.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(RunError, match=r"fixed\.csv was changed after the commitment"):
        draw(ledger, folder, "", {"notary": NONCE})


def clock(monkeypatch):
    """What sets the clock to an hour of 1 December, of the program and of its ledger."""
    hours = [0]
    for module in (commitment, hash_chain):
        monkeypatch.setattr(module, "china_now", lambda: datetime(2026, 12, 1, hours[0], tzinfo=CHINA))
    return lambda hour: hours.__setitem__(0, hour)


def test_an_event_is_after_the_commitment_and_before_the_draw(tmp_path, monkeypatch):
    at = clock(monkeypatch)
    event = {
        "name": Label("福彩双色球", "the lottery"),
        "where": Label("开奖公告", "its notice"),
        "at": "2026-12-01T21:30:00+08:00",
        "numbers": 4,
    }
    event = {name: vars(one) if isinstance(one, Label) else one for name, one in event.items()}
    event["at"] = datetime.fromisoformat(event["at"])
    folder, ledger = written(tmp_path, planned(settings_of(event=event, witnesses=[])))
    at(22)
    with pytest.raises(RunError, match="a commitment comes before its event"):
        commit(ledger, folder)
    at(9)
    commit(ledger, folder)
    with pytest.raises(RunError, match="still to come"):
        draw(ledger, folder, "03 11 17 + 07", {})
    at(22)
    with pytest.raises(ConfigurationError, match="its value is needed"):
        draw(ledger, folder, "", {})
    with pytest.raises(ConfigurationError, match="'31117 7' is 2 numbers; the plan says 4"):
        draw(ledger, folder, "031117 + 07", {})
    draw(ledger, folder, "03 11 17 + 07", {})
    found = verify((folder, ledger), event=" ０3、11、17\t7\n")
    assert (found.event, found.looked_up) == ("3 11 17 7", True)
    unseen = verify((folder, ledger))
    assert not unseen.looked_up
    assert [en for _, en in notes_of(unseen)][-1].startswith("The event was not given: the draw used 3 11 17 7")
    with pytest.raises(NotAsDrawnError) as raised:
        verify((folder, ledger), event="03 11 17 + 08")
    assert "used '3 11 17 7'" in raised.value.en


def test_a_draw_that_a_kill_left_half_written_is_completed_by_the_same_values(tmp_path):
    folder, ledger = written(tmp_path)
    commit(ledger, folder)
    files = draw(ledger, folder, "", {"notary": NONCE})
    (folder.published / "draw.json").unlink()
    (folder.published / "visits.csv").write_bytes(b"half")
    assert draw(ledger, folder, "", {"notary": NONCE}) == files
    assert verify((folder, ledger)).commitments == 1


SAID = {"zh": "开奖", "en": "the lottery"}
EVENT = {"name": SAID, "where": SAID, "at": datetime(2026, 12, 1, 21, tzinfo=CHINA), "numbers": 2}


def drawn_otherwise(folder, ledger, **changed):
    """A draw as an office could write it by hand after its commitment, with what follows from it, and its line."""
    digest = hashlib.sha256((folder.published / "commitment.json").read_bytes()).hexdigest()
    told = {"riskml_draw": 1, "commitment": digest, "event": "", "nonces": [NONCE], **changed}
    seed = seed_of(digest, told["event"], told["nonces"])
    files = verifier.outcome(folder.committed(), seed)
    written = json.dumps({**told, "seed": seed.hex(), "files": verifier.hashes_of(files)}).encode()
    for name, content in {**files, "draw.json": written}.items():
        (folder.published / name).write_bytes(content)
    ledger.append("plan", {"plan": folder.name, "step": "draw", "digest": hashlib.sha256(written).hexdigest(),
                           "commitment": digest})  # fmt: skip


def refused(folder, ledger):
    with pytest.raises(NotAsDrawnError) as raised:
        check(folder.published, ledger=ledger.path)
    return raised.value.en


def test_a_value_that_nobody_committed_to_is_refused(tmp_path):
    folder, ledger = written(tmp_path)
    commit(ledger, folder)
    drawn_otherwise(folder, ledger, event="7")
    assert "the event of draw.json, '7', should be 0 numbers" in refused(folder, ledger)


def test_an_event_is_spelled_in_one_way_alone(tmp_path, monkeypatch):
    at = clock(monkeypatch)
    folder, ledger = written(tmp_path, planned(settings_of(event=EVENT)))
    at(9)
    commit(ledger, folder)
    at(20)
    drawn_otherwise(folder, ledger, event="03 11")
    assert "'03 11', should be 2 numbers with a blank" in refused(folder, ledger)
    drawn_otherwise(folder, ledger, event="3 11")
    assert "has 2 draws" in refused(folder, ledger)


def test_a_draw_that_the_ledger_has_before_the_event_is_refused(tmp_path, monkeypatch):
    at = clock(monkeypatch)
    folder, ledger = written(tmp_path, planned(settings_of(event=EVENT)))
    at(9)
    commit(ledger, folder)
    at(20)
    drawn_otherwise(folder, ledger, event="3 11")
    assert "has the draw at 2026-12-01T20:00:00" in refused(folder, ledger)


def test_a_commitment_that_says_an_hour_before_its_event_but_came_after_is_refused(tmp_path, monkeypatch):
    at = clock(monkeypatch)
    folder, ledger = written(tmp_path, planned(settings_of(event=EVENT)))
    at(22)
    monkeypatch.setattr(commitment, "china_now", lambda: datetime(2026, 12, 1, 9, tzinfo=CHINA))
    commit(ledger, folder)
    drawn_otherwise(folder, ledger, event="3 11")
    assert "has the commitment at 2026-12-01T22:00:00" in refused(folder, ledger)


def test_a_draw_of_an_earlier_commitment_is_refused(tmp_path):
    folder, ledger = written(tmp_path)
    commit(ledger, folder)
    kept = {path.name: path.read_bytes() for path in folder.published.iterdir()}
    written(tmp_path, planned(settings_of(witnesses=[{"name": "notary", "hash": nonce_hash("another")}])))
    last = commit(ledger, folder)
    for name, content in kept.items():
        (folder.published / name).write_bytes(content)
    drawn_otherwise(folder, ledger)
    assert "is not its last commitment" in refused(folder, ledger)
    draws = (folder.published / "draw.json").read_bytes()
    # A line that names the last commitment does not help: the draw is of the first.
    ledger = Ledger(tmp_path / "other" / "ledger.jsonl")
    lines = [{"plan": folder.name, "step": "commitment", "digest": digest, "period": last.plan["period"],
              "witnesses": [nonce_hash(nonce)]}
             for digest, nonce in ((hashlib.sha256(kept["commitment.json"]).hexdigest(), NONCE),
                                   (last.digest, "another"))]  # fmt: skip
    for line in lines:
        ledger.append("plan", line)
    ledger.append("plan", {"plan": folder.name, "step": "draw", "digest": hashlib.sha256(draws).hexdigest(),
                           "commitment": last.digest})  # fmt: skip
    assert "is not its last commitment" in refused(folder, ledger)


def test_a_commitment_after_the_draw_is_refused(drawn):
    folder, ledger = drawn
    ledger.append("plan", {"plan": folder.name, "step": "commitment", "digest": "0" * 64})
    assert "was committed to after it was drawn" in refused(folder, ledger)


def test_witnesses_of_an_earlier_commitment_are_refused(tmp_path):
    folder, ledger = written(tmp_path)
    ledger.append("plan", {"plan": "yunnan/other", "step": "commitment", "digest": "0" * 64,
                           "period": {"from": "2026-01-01", "until": "2026-01-31"},
                           "witnesses": [nonce_hash(NONCE)]})  # fmt: skip
    with pytest.raises(RunError, match="was used by an earlier commitment"):
        commit(ledger, folder)


def test_other_plans_of_the_same_days_are_told_of(tmp_path):
    folder, ledger = written(tmp_path)
    for name, until in (("guandu/december", "2026-12-05"), ("yunnan/november", "2026-11-30")):
        ledger.append("plan", {"plan": name, "step": "commitment", "digest": name,
                               "period": {"from": "2026-11-01", "until": until}, "witnesses": []})  # fmt: skip
        ledger.append("plan", {"plan": name, "step": "draw", "digest": name, "commitment": name})
    commit(ledger, folder)
    draw(ledger, folder, "", {"notary": NONCE})
    assert verify((folder, ledger)).others == {"guandu/december": {"commitments": 1, "drawn": True}}


def test_another_program_than_that_committed_to_draws_nothing(tmp_path, monkeypatch):
    folder, ledger = written(tmp_path)
    monkeypatch.setattr(commitment, "verifier_source", lambda: b"another")
    with pytest.raises(RunError, match="made with another version"):
        commit(ledger, folder)
    monkeypatch.undo()
    commit(ledger, folder)
    monkeypatch.setattr(commitment, "verifier_source", lambda: b"another")
    with pytest.raises(RunError, match="made with another version"):
        draw(ledger, folder, "", {"notary": NONCE})


def test_another_program_than_that_committed_to_checks_nothing(drawn, tmp_path):
    folder, _ = drawn
    other = tmp_path / "other.py"
    other.write_bytes((folder.published / "verifier.py").read_bytes() + b"# changed\n")
    done = subprocess.run(
        [sys.executable, "-I", other, folder.published], capture_output=True, text=True, check=False,
        env={"RISKML_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "is not the one that runs" in done.stdout


def test_one_at_a_time_commits_or_draws(tmp_path):
    folder, ledger = written(tmp_path)
    with exclusive(folder.lock):
        with pytest.raises(RunError, match="Another riskml process"):
            commit(ledger, folder)
        with pytest.raises(RunError, match="Another riskml process"):
            draw(ledger, folder, "", {"notary": NONCE})


@pytest.mark.parametrize("name", [".", "..", ".draft", "../yunnan", ""])
def test_a_plan_is_named_like_a_folder_of_its_own(tmp_path, name):
    with pytest.raises(ConfigurationError, match="no name of a plan"):
        PlanFolder.of(Workspace(tmp_path), "yunnan", name)
    with pytest.raises(ValidationError):
        settings_of(plan=name)


@pytest.mark.parametrize("name", ["office/people.parquet", "office/inspectors.csv", "published/visits.csv",
                                  "published/draw.csv", "published/draw.json", "published/plan.json"])  # fmt: skip
def test_what_is_not_as_it_was_committed_to_and_drawn_is_not_read(drawn, name):
    folder, ledger = drawn
    path = folder.root / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    with pytest.raises(RunError, match=rf"{path.name} (is not the file|was changed after)"):
        (people_of(ledger, folder), inspectors_of(ledger, folder), visits_of(ledger, folder))


def test_a_damaged_plan_is_said(tmp_path):
    folder, ledger = written(tmp_path)
    (folder.published / "plan.json").write_bytes(b"{")
    with pytest.raises(RunError, match=r"plan\.json cannot be read or is damaged"):
        commit(ledger, folder)


def test_codes_are_published_only_where_grades_are():
    said = "does not make public"
    for scheme, refused in (("yunnan", True), ("guandu", True), ("lingyuan", False)):
        loaded = load_scheme(shipped_files() / "models" / scheme / "scheme.yaml")
        with pytest.raises(ConfigurationError, match=said) if refused else nullcontext():
            refuse_published_codes(settings_of(ids="codes"), loaded, "plan.yaml")
        refuse_published_codes(settings_of(), loaded, "plan.yaml")
