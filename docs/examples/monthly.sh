#!/bin/sh
# 每月一次：检查、导入、评分、等级变动、推送、监测；任何一步失败即停止，退出码即该步的退出码。
# Once a month; stops at the first command that fails, with its exit code.
#
# 用法 Usage: monthly.sh WORKSPACE INBOX    （例 monthly.sh /srv/yunnan /srv/inbox）
set -eu
umask 077

WORKSPACE=$1
INBOX=$2
# 基准日：上月最后一天。 The as-of date: the last day of the month before.
AS_OF=$(date -d "$(date +%Y-%m-01) -1 day" +%Y-%m-%d)

cd "$WORKSPACE"

# 1. 运行前检查：只读，不写任何文件。 A dry run; writes nothing.
riskml check --as-of "$AS_OF" --source simulated --from "$INBOX"
# 2. 导入；每个来源一行，重复导入不改变任何东西。 One line per source; loading twice changes nothing.
riskml ingest simulated --from "$INBOX"
# 3. 评分并发布；中断后再运行会接着做。 Score and publish; goes on where it was interrupted.
riskml score --as-of "$AS_OF"
# 4. 与上一期比较，生成通报名单；首期没有可比的，请先去掉这一行。 Needs an earlier run.
riskml migration --as-of "$AS_OF"
# 5. 推送包，由本单位的数据交换系统取走。 The package for the upper level.
riskml publish --as-of "$AS_OF"
# 6. 监测页。 The monitoring page.
riskml monitor
