"""Write docs/push-schema.md from `riskml.publication`: ``python docs/make_push_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from riskml.publication.fields import Field
from riskml.publication.push_schema import FORMAT, NAME, TABLES, VERSION, PushTable

HEAD = f"""\
# 推送数据规范 Push schema: {NAME} v{VERSION}

由 `python docs/make_push_schema.py` 从 `src/riskml/publication/push_schema.py` 生成，不要手改。 *Generated; do not edit.*

云南办法第七条要求“按照统一的数据规范推送至国家市场监督管理总局”。该规范未公开；**这里是我们自定的规范**，有名称和版本号，
接收方能察觉的任何改动都会增加版本号。拿到正式规范后，另写一个由发布结果到该规范的转换。
*Yunnan Art. 7 has grades pushed to SAMR by a unified specification, which is not public. **This schema is ours**, named and versioned;
whatever a receiver could notice raises the version.*

## 包 The package

```text
<办法 scheme>-<基准日 date>-<16 位摘要 digest>/
  manifest.json                 编号、办法、须知、基准日、等级（由轻到重）、所用模型和数据的摘要、每个文件的行数和 SHA-256
  schema.json                   本规范的机器可读形式 this schema, for programs
  grades/part-NNNNN.csv.gz      分类结果
  rules/part-NNNNN.csv.gz       触发的定性判定
```

- 由已发布的结果和此后的即时更新生成，不含时间戳：同样的内容推送两次，编号和字节都相同。编号是未压缩内容的摘要。
  *Made from the published run and what was brought up to date at once since, without time stamps: the same content gives the same id and bytes.*
- 即时更新过的企业，`grade`、`decided_by` 是更新后的，`updated_on` 是更新的日期，`manifest.json` 的 `updated` 是家数；`rules` 仍是基准日的。
  *Grades brought up to date at once are sent as they are now, with the day; `rules` stay those of the as-of date.*
- `manifest.json` 的 `notice` 是办法对分类结果的说明，使用时一并载明。 *The notice goes along with any use.*
- 不含企业名称、住所、人员和依据记录编号；以统一社会信用代码认定企业，依据只给条数（第八条）。 *No names, addresses, persons or record ids.*
- `simulated` 为 `true` 的包来自模拟数据，不得当作真实结果使用。
- `decided_by`、`rule` 是办法中的规则编号，条款见 `rules` 的 `article`。

写法 How values are written:

| | |
|---|---|
"""

RECEIPT = {
    "package": "yunnan-2026-10-31-0123456789abcdef",
    "manifest_sha256": "收到的 manifest.json 的 SHA-256",
    "receiver": "接收单位",
    "received_at": "2026-11-02T09:30:00+08:00",
    "accepted_rows": {"grades": 3571, "rules": 62},
    "rejected": [{"table": "grades", "enterprise_id": "91530100MA6K12345X", "reason": "代码不在登记库"}],
}

TAIL = f"""\
## 核对 Verification

接收方 the receiver: `riskml publish --verify DIR`（不需要工作区）。它核对：没有缺少或多出的文件，逐个文件的字节数和 SHA-256，编号与内容相符，
`schema.json` 未改动，行数，主键不重复，`rules` 中的企业都在 `grades` 中，每个值的类型、代码和必填。有一项不符即退出码 1，并逐条列出。

## 回执 Receipts

接收方返回一个 JSON 文件；发送方用 `riskml publish --receipt FILE` 核对并登记到总账（`data/ledger.jsonl`，只增不改；同一回执不重复登记）。

```json
{json.dumps(RECEIPT, ensure_ascii=False, indent=1)}
```

- `received_at` 须带时区；`rejected` 中 `rules` 表的行另给 `rule`；不认识的字段会被拒绝。
- 核对：包是从这里发出的；校验值相同；每张表的接收数加退回数等于发出数；退回的行确在包中。不符的回执不登记，退出码 1。

*A receipt must be for a package made here, quote its checksum, account for every row, and reject only rows that were sent; otherwise it is
refused.*
"""


def push_schema_page() -> str:
    """The whole page, ending in one newline."""
    head = HEAD + "\n".join(f"| `{name}` | {value.replace('|', chr(92) + '|')} |" for name, value in FORMAT.items())
    return "\n\n".join([head, *(_table(table) for table in TABLES), TAIL]).rstrip("\n") + "\n"


def _table(table: PushTable) -> str:
    key = "、".join(f"`{column}`" for column in table.key)
    rows = "\n".join(_row(field) for field in table.fields)
    return (
        f"## `{table.name}` {table.label.zh} {table.label.en}\n\n主键 key: {key}\n\n"
        f"| 字段 column | 名称 label | 类型 type | 单位 unit | 必填 required | 代码 codes |\n|---|---|---|---|---|---|\n{rows}"
    )


def _row(field: Field) -> str:
    unit = "" if field.unit is None else f"{field.unit.zh} {field.unit.en}"
    codes = "<br>".join(f"`{code}` {label.zh} *{label.en}*" for code, label in (field.codes or {}).items())
    return f"| `{field.name}` | {field.label.zh} {field.label.en} | {field.type} | {unit} | {'是' if field.required else ''} | {codes} |"


if __name__ == "__main__":
    (Path(__file__).parent / "push-schema.md").write_text(push_schema_page(), encoding="utf-8")
