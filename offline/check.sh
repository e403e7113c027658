#!/bin/sh
# 在临时目录里用模拟数据走一遍：建工作区、模拟、导入、评分、说明一家企业、检查，再启动办案台、登录、打开页面。
# Once through with simulated data in a temporary folder: init, simulate, ingest, score, explain one enterprise, check; then
# the desk is served on loopback, somebody signs in and opens pages.
set -eu
riskml="$1"
here=$(dirname "$0")
folder=$(mktemp -d)
desk=
trap '[ -z "$desk" ] || kill "$desk"; rm -rf "$folder"' EXIT
"$riskml" init "$folder/w" > /dev/null
run() { "$riskml" --workspace "$folder/w" "$@" > "$folder/out" 2>&1 || { cat "$folder/out" >&2; exit 1; }; }
run simulate --enterprises 3000 --seed 7
run ingest simulated --from "$folder/w/data/simulated" --received 2026-11-01
run score --scheme guandu --as-of 2026-10-31
run export --scheme guandu --as-of 2026-10-31 --format csv --to "$folder/list.csv"
one=$(grep -o -m1 '[0-9A-Z]\{18\}' "$folder/list.csv" | head -n 1)
run explain "$one" --scheme guandu --format html --to "$folder/one.html"
run check --scheme guandu
python="$(dirname "$riskml")/python"
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
password=$("$riskml" --workspace "$folder/w" user add check --role analyst | awk 'NR == 1 { print $2 }')
"$riskml" --workspace "$folder/w" serve --port "$port" > "$folder/served" 2>&1 &
desk=$!
"$python" "$here/desk_check.py" "http://127.0.0.1:$port" check "$password" || { cat "$folder/served" >&2; exit 1; }
