#!/bin/sh
# Prints what a change does to a stack, as Markdown: preview-comment.sh STACK BASE_BILL
# Exits 1 where a security rule is broken or the preview fails, after everything is printed.
set -u
stack=$1 base=$2
failed=0
cli() { npm run --silent cli -- "$@"; }
# Prints a command's output as a code block under a title; a failure counts and stays readable.
part() {
  title=$1
  shift
  printf '### %s\n\n```\n' "$title"
  cli "$@" 2>&1 || failed=1
  printf '```\n\n'
}
part "Security rules" policy --stack "$stack"
part "Preview of a development stack" preview --stack dev --target local
cli destroy --stack dev --target local >/dev/null 2>&1 || true
if [ -s "$base" ]; then
  cli cost --stack "$stack" --offline --diff "$base" || failed=1
else
  echo "No bill of the branch to merge into, so nothing to compare with."
fi
exit "$failed"
