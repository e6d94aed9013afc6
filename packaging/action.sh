#!/usr/bin/env bash
# What action.yml runs: the report of CAPTURES in the log, as REPORT, and in the summary of the job; ends with the status of FAIL_ON.
set -euo pipefail

# shellcheck disable=SC2153 # they are inputs of the action
program=${TCPEXPLAIN:-$RUNNER_TEMP/tcpexplain/bin/tcpexplain}
summary=$RUNNER_TEMP/tcpexplain-summary.md
read -r -a captures <<<"${CAPTURES:?}"

outputs=(-o "$summary")
[ -z "$REPORT" ] || outputs+=(-o "$REPORT")
wanted=()
[ -z "$FAIL_ON" ] || wanted=(--fail-on "$FAIL_ON")

status=0
"$program" "${captures[@]}" "${outputs[@]}" "${wanted[@]}" || status=$?
[ ! -f "$summary" ] || cat "$summary" >>"$GITHUB_STEP_SUMMARY"
# The log has the report of a terminal, too; it has no verdict of its own.
[ "$status" -gt 1 ] || "$program" "${captures[@]}" --color never
exit "$status"
