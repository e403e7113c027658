"""Write docs/zh/push-schema.md and docs/en/push-schema.md: ``python docs/make_push_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from riskml.publication.columns import Field
from riskml.publication.push_schema import FORMAT, NAME, TABLES, VERSION, PushTable
from riskml.records.tables import Label

HEAD = Label(
    f"""\
# 推送数据规范：{NAME} v{VERSION}

由 `python docs/make_push_schema.py` 从 `src/riskml/publication/push_schema.py` 生成，不要手改。

云南办法第七条要求“按照统一的数据规范推送至国家市场监督管理总局”。该规范未公开；**这里是我们自定的规范**，有名称和版本号，
接收方能察觉的任何改动都会增加版本号。拿到正式规范后，另写一个由发布结果到该规范的转换。

## 包

```text
<办法>-<基准日>-<16 位摘要>/
  manifest.json                 编号、办法、须知、基准日、等级（由轻到重）、所用办法、模型和数据的摘要、每个文件的行数和 SHA-256
  schema.json                   本规范的机器可读形式
  grades/part-NNNNN.csv.gz      分类结果
  rules/part-NNNNN.csv.gz       触发的定性判定
```

- 由已发布的结果和此后的即时更新生成，不含时间戳：同样的内容推送两次，编号和字节都相同。编号是未压缩内容的摘要。
- 即时更新过的企业，`grade`、`decided_by` 是更新后的，`updated_on` 是更新的日期，`manifest.json` 的 `updated` 是家数；
  `rules` 仍是基准日的。
- `manifest.json` 的 `notice` 是办法对分类结果的说明，使用时一并载明。
- 不含企业名称、住所、人员和依据记录编号；以统一社会信用代码认定企业，依据只给条数（第八条）。
- `simulated` 为 `true` 的包来自模拟数据，不得当作真实结果使用。
- `decided_by` 是 `band`（由得分定）或办法中的规则编号；规则的条款见 `rules` 的 `article`，如 15(1)。
- `division` 按 GB/T 2260。
- `grade`、`band` 是 `manifest.json` 所列等级之一；`rules` 的 `grades` 由轻到重排列。
- `score` 越高风险越高，须知写明越高越好的除外；办法不计分的为空。

值的写法：

| 项 | 写法 |
|---|---|
""",
    f"""\
# Push schema: {NAME} v{VERSION}

Made by `python docs/make_push_schema.py` from `src/riskml/publication/push_schema.py`; do not edit by hand.

Yunnan Art. 7 has grades pushed to the State Administration for Market Regulation by a unified data specification, which
is not public. **This schema is ours**; it has a name and a version, and any change that a receiver could notice raises
the version. When the official specification is at hand, a conversion from published runs to it is to be written.

## The package

```text
<scheme>-<as-of date>-<digest of 16 digits>/
  manifest.json                 id, scheme, notice, as-of date, grades (mildest first), digests of the policy, model and
                                data used, rows and SHA-256 of each file
  schema.json                   this schema, for programs
  grades/part-NNNNN.csv.gz      the grades
  rules/part-NNNNN.csv.gz       the qualitative rules that fired
```

- It is made from the published run and what was brought up to date at once since, without time stamps: the same content
  pushed twice has the same id and bytes. The id is the digest of the content before it is compressed.
- For an enterprise brought up to date at once, `grade` and `decided_by` are the new ones and `updated_on` is the day;
  `updated` of `manifest.json` counts them. `rules` stay those of the as-of date.
- `notice` of `manifest.json` is what the scheme says about grades; it goes along with any use.
- It has no names, addresses, persons or ids of records; enterprises are known by their unified social credit code, and
  of evidence only the number of records is given (Art. 8).
- A package with `simulated` as `true` comes from simulated data and must not be used as a real result.
- `decided_by` is `band` (the score decided) or the id of a rule of the scheme; the article of a rule is in `article` of
  `rules`, as in 15(1).
- `division` is a code of GB/T 2260.
- `grade` and `band` are one of the grades of `manifest.json`; `grades` of `rules` has the mildest first.
- A higher `score` is riskier, unless the notice says that higher is better; it is empty where the scheme has no score.

How values are written:

| What | How |
|---|---|
""",
)

FORMAT_ZH = {
    "file": "CSV（RFC 4180），gzip",
    "encoding": "UTF-8",
    "header": "字段名",
    "line_end": "CRLF",
    "missing": "空",
    "date": "YYYY-MM-DD",
    "flag": "true | false",
    "list_separator": "|",
    "number": "小数点；位数足以还原同一双精度数",
}

RECEIPTS = {
    language: {
        "package": "yunnan-2026-10-31-0123456789abcdef",
        "manifest_sha256": manifest,
        "receiver": receiver,
        "received_at": "2026-11-02T09:30:00+08:00",
        "accepted_rows": {"grades": 3571, "rules": 62},
        "rejected": [{"table": "grades", "enterprise_id": "91530100MA6K12345X", "reason": reason}],
    }
    for language, manifest, receiver, reason in (
        ("zh", "收到的 manifest.json 的 SHA-256", "接收单位", "代码不在登记库"),
        ("en", "SHA-256 of the manifest.json received", "the receiving office", "no such code in the register"),
    )
}

TAIL = Label(
    f"""\
## 核对

接收方用 `riskml publish --verify DIR` 核对（不需要工作区）：没有缺少或多出的文件，逐个文件的字节数和 SHA-256，编号与内容相符，
`schema.json` 未改动，行数，主键不重复，`rules` 中的企业都在 `grades` 中，每个值的类型、代码和必填。有一项不符即退出码 1，并逐条列出。

## 回执

接收方返回一个 JSON 文件；发送方用 `riskml publish --receipt FILE` 核对并登记到总账（`data/ledger.jsonl`，只增不改；
同一回执不重复登记）。

```json
{json.dumps(RECEIPTS["zh"], ensure_ascii=False, indent=1)}
```

- `received_at` 须带时区；`rejected` 中 `rules` 表的行另给 `rule`；不认识的字段会被拒绝。
- 核对：包是从这里发出的；校验值相同；每张表的接收数加退回数等于发出数；退回的行确在包中。不符的回执不登记，退出码 1。
""",
    f"""\
## Verification

The receiver checks a package with `riskml publish --verify DIR` (it needs no workspace): no file is missing or left over;
bytes and SHA-256 of each file; the id agrees with the content; `schema.json` is unchanged; the number of rows; no key
twice; the enterprises of `rules` are all in `grades`; type, code and presence of each value. Where anything differs the
exit code is 1, and each difference is listed.

## Receipts

The receiver answers with a JSON file; the sender checks it with `riskml publish --receipt FILE` and records it on the
ledger (`data/ledger.jsonl`, which only grows; the same receipt is not recorded twice).

```json
{json.dumps(RECEIPTS["en"], indent=1)}
```

- `received_at` needs a time zone; a row of the table `rules` under `rejected` also gives its `rule`; fields that are not
  known are refused.
- Checked: the package was made here; the checksum is the same; for each table the rows accepted and rejected add up to
  those sent; rejected rows are in the package. A receipt that fails is not recorded, exit code 1.
""",
)

COLUMNS = Label("| 字段 | 名称 | 类型 | 单位 | 必填 | 代码 |", "| Column | Label | Type | Unit | Required | Codes |")
REQUIRED = Label("是", "yes")
KEY = Label("主键：", "Key: ")
COMMA = Label("、", ", ")


def push_schema_page(language: str) -> str:
    """The whole page in one language (zh or en), ending in one newline."""
    written = {name: FORMAT_ZH[name] if language == "zh" else value for name, value in FORMAT.items()}
    rows = "\n".join(f"| `{name}` | {value.replace('|', chr(92) + '|')} |" for name, value in written.items())
    parts = [getattr(HEAD, language) + rows, *(_table(table, language) for table in TABLES), getattr(TAIL, language)]
    return "\n\n".join(parts).rstrip("\n") + "\n"


def _table(table: PushTable, language: str) -> str:
    title, word, comma, columns = (getattr(one, language) for one in (table.label, KEY, COMMA, COLUMNS))
    key = comma.join(f"`{column}`" for column in table.key)
    rows = "\n".join(_row(field, language) for field in table.fields)
    return f"## `{table.name}` {title}\n\n{word}{key}\n\n{columns}\n|---|---|---|---|---|---|\n{rows}"


def _row(field: Field, language: str) -> str:
    unit = getattr(field.unit, language) if field.unit else ""
    codes = "<br>".join(f"`{code}` {getattr(label, language)}" for code, label in (field.codes or {}).items())
    required = getattr(REQUIRED, language) if field.required else ""
    return f"| `{field.name}` | {getattr(field.label, language)} | {field.type} | {unit} | {required} | {codes} |"


if __name__ == "__main__":
    for language in ("zh", "en"):
        (Path(__file__).parent / language / "push-schema.md").write_text(push_schema_page(language), encoding="utf-8")
