"""Commitment and draw: whatever is changed afterwards is refused, by the one file that outsiders run."""

import hashlib
import json
import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest
from hand_plans import CONTENT, NONCE, code, drawn_plan, planned, settings_of, written

from riskml.core.china_day import CHINA
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.planning import commitment
from riskml.planning.commitment import commit, draw
from riskml.sampling import verifier
from riskml.sampling.verifier import NotAsDrawnError, check


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
    assert {row.split(",")[5] for row in rows} == {"1"}


def test_published_files_name_no_enterprise(drawn):
    folder, _ = drawn
    for path in folder.published.iterdir():
        assert code(379)[:10] not in path.read_text(encoding="utf-8")


def test_pairs_keep_conflicts_fields_and_days(tmp_path):
    folder, _ = drawn_plan(tmp_path, planned(settings_of(fields=[{"trade": "H", "field": "food"}])))
    lines = (folder.published / "visits.csv").read_text(encoding="utf-8").splitlines()[1:]
    (conflict,) = (folder.published / "conflicts.csv").read_text(encoding="utf-8").splitlines()[1:]
    used: dict[str, float] = {}
    for line in lines:
        _, unit, _, place, field, days, _, first, second = line.split(",")
        assert first != second
        assert f"{first},{unit}" != conflict
        assert f"{second},{unit}" != conflict
        for one in (first, second):
            used[one] = used.get(one, 0) + float(days)
            assert place.startswith("5301") or int(one[1:]) % 2 == 0
        assert not field or int(first[1:]) % 3
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
    other = next(f"I{one}" for one in range(8) if f"I{one}" not in row)
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
    first, second = commit(ledger, folder), commit(ledger, folder)
    assert (first.number, second.number) == (1, 2)
    draw(ledger, folder, "", {"notary": NONCE})
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


def test_an_event_is_after_the_commitment_and_before_the_draw(tmp_path, monkeypatch):
    def at(hour):
        monkeypatch.setattr(commitment, "china_now", lambda: datetime(2026, 12, 1, hour, tzinfo=CHINA))

    event = {
        "name": Label("福彩双色球", "the lottery"),
        "where": Label("开奖公告", "its notice"),
        "at": "2026-12-01T21:30:00+08:00",
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
    draw(ledger, folder, "03 11 17 + 07", {})
    assert verify((folder, ledger), event=" 03 11 17 + 07\n").size
    with pytest.raises(NotAsDrawnError) as raised:
        verify((folder, ledger), event="03 11 17 + 08")
    assert "used '03 11 17 + 07'" in raised.value.en


def test_a_draw_that_a_kill_left_half_written_is_completed_by_the_same_values(tmp_path):
    folder, ledger = written(tmp_path)
    commit(ledger, folder)
    files = draw(ledger, folder, "", {"notary": NONCE})
    (folder.published / "draw.json").unlink()
    (folder.published / "visits.csv").write_bytes(b"half")
    assert draw(ledger, folder, "", {"notary": NONCE}) == files
    assert verify((folder, ledger)).commitments == 1
