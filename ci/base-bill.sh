#!/bin/sh
# Writes the bill of a stack as another commit gives it: base-bill.sh COMMIT STACK FILE
# An empty file where that commit cannot say it (it has no such stack, or no such command).
set -eu
commit=$1 stack=$2 file=$3
folder=$(mktemp -d)
trap 'git worktree remove --force "$folder/base" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
git worktree add --detach "$folder/base" "$commit" >/dev/null
# The packages of this commit: the bill needs no others, and another npm ci would take a minute.
ln -s "$PWD/node_modules" "$folder/base/node_modules"
(cd "$folder/base" && node --import tsx automation/cli.ts cost --stack "$stack" --offline --json) > "$file" ||
  { echo "The commit $commit gives no bill of $stack." >&2; : > "$file"; }
