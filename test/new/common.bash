# What the tests of scripts/new share. Each runs with $ROOT, the tree, and $WORK, a folder of its own, as cwd.
# shellcheck shell=bash
# shellcheck source=test/new/eventually.bash
. "$(dirname "${BASH_SOURCE[0]}")/eventually.bash"
ROOT=$(cd "$ROOT" && pwd)
rm -rf "$WORK"
mkdir -p "$WORK"
cd "$WORK"
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
# Nobody's identity: a commit must do without.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
expect() { # TEXT in FILE
  grep -qF -- "$1" "$2" || fail "$2 has no '$1':"$'\n'"$(head -50 "$2")"
}

as_author() { git -c user.name=author -c user.email=author@localhost "$@"; }
commit_all() { as_author -C "$1" add -A && as_author -C "$1" commit -qm "$2"; }

# A clone of the library, with what scripts/new reads of it: so that a test may change it, and needs no commit of ours.
make_library() {
  mkdir library
  (cd "$ROOT" && tar -c scripts config CMakeLists.txt CMakePresets.json Makefile Dockerfile .clang-format .editorconfig \
    .gitignore) | tar -x -C library
  git -C library init -q
  git -C library symbolic-ref HEAD refs/heads/main
  commit_all library "The library"
}
