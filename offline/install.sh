#!/bin/sh
# 离线安装 riskml：核对全部文件，再装入一个独立的 Python 环境。只需要 Python 3.11，不访问网络。
# Install riskml without internet: check every file, then make a Python environment of its own. It needs Python 3.11.
#
#   ./install.sh [DIR]        DIR: /opt/riskml, or ~/riskml where this account is not root
set -eu
cd "$(dirname "$0")"

if [ "$(id -u)" = 0 ]; then default=/opt/riskml; fonts=/usr/local/share/fonts/riskml
else default="$HOME/riskml"; fonts="$HOME/.local/share/fonts/riskml"; fi
target="${1:-$default}"

python=""
for candidate in "${PYTHON:-}" python3.11 python3; do
  if [ -n "$candidate" ] && command -v "$candidate" > /dev/null &&
     "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
  echo "需要 Python 3.11（可用 PYTHON=路径 指明）。 Python 3.11 is needed; name it with PYTHON=PATH." >&2; exit 2
fi
if [ -e "$target/bin/riskml" ]; then
  echo "$target 已有 riskml；升级时请装到新目录，再改链接。 riskml is in $target already: install an upgrade beside it." >&2; exit 2
fi

echo "1/4 核对文件。 Checking the files."
"$python" - << 'CHECK'
import hashlib, pathlib, sys
told = dict(reversed(line.rstrip("\n").split("  ", 1)) for line in open("SHA256SUMS", encoding="utf-8"))
there = {path.as_posix() for path in pathlib.Path(".").rglob("*") if path.is_file()} - {"SHA256SUMS"}
wrong = sorted(there ^ set(told)) + [
    name for name in sorted(there & set(told)) if hashlib.sha256(open(name, "rb").read()).hexdigest() != told[name]
]
if wrong:
    sys.exit(f"缺失、多余或被改动：{wrong[0]}。 Missing, too many or changed: {wrong[0]}. ({len(wrong)})")
CHECK

echo "2/4 建立环境：$target。 Making the environment: $target."
"$python" -m venv --without-pip "$target"
pip=$(ls wheels/pip-*.whl)
install() { "$target/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --no-index --find-links wheels "$@"; }
install --require-hashes --no-deps --requirement requirements.txt
install --no-deps riskml

echo "3/4 中文字体：$fonts。 The Chinese font: $fonts."
mkdir -p "$fonts"
cp fonts/* "$fonts/"
command -v fc-cache > /dev/null && fc-cache "$fonts" || true

echo "4/4 试运行。 Trying it."
sh check.sh "$target/bin/riskml"
echo "完成：$target/bin/riskml。 Done: $target/bin/riskml."
