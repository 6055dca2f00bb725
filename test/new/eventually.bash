# shellcheck shell=bash
eventually() { # COMMAND..., tried until it succeeds; fails after half a minute
  local i
  for ((i = 0; i < 300; ++i)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  return 1
}
