cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake)

# Fails unless a tree in which `file` says `text`, beside well-behaved sources, has exactly the faults given.
function(expect file text)
  file(REMOVE_RECURSE ${WORK})
  file(WRITE ${WORK}/include/sundown/http/server.hpp "#include <sundown/config.hpp>\n#include <vector>\n")
  file(WRITE ${WORK}/src/sundown/storage/redis/link.hpp "#include <sundown/error.hpp>\n#include \"service/serve.hpp\"\n")
  file(WRITE ${WORK}/src/sundown/service/serve.hpp "#include <sundown/http/server.hpp>\n")
  file(WRITE ${WORK}/src/app/run.cpp "#include <sundown/redis.hpp>\n#include <sundown/http/server.hpp>\n// notes\n")
  file(WRITE ${WORK}/${file} "${text}\n")
  check_layers(${WORK} faults)
  list(TRANSFORM ARGN PREPEND "${file}: " OUTPUT_VARIABLE expected)
  if(NOT faults STREQUAL expected)
    message(SEND_ERROR "${file} with ${text}\n  expected: ${expected}\n  got: ${faults}")
  endif()
endfunction()

expect(src/sundown/http/router.cpp "#include <sundown/stop/budget.hpp>")
expect(src/sundown/http/session.cpp "#include \"http/session.hpp\"\n#include <http/parser.h>")
expect(src/sundown/storage/redis/link.cpp "#include \"storage/redis/link.hpp\"\n#include <sundown/service.hpp>")
expect(src/app/main.cpp "#include \"app/run.cpp\"")

expect(src/sundown/http/router.cpp "#include <sundown/redis/settings.hpp>" "http must not include redis")
expect(src/sundown/http/router.cpp "#include \"storage/redis/link.hpp\"" "http must not include redis")
expect(src/sundown/http/router.cpp "#  include \"../storage/redis/link.hpp\"  // only this once"
  "http must not include redis")
expect(src/sundown/process/signals.cpp "#include \"storage/redis/link.hpp\"" "process must not include redis")
expect(src/sundown/service/run.cpp "#include <sundown/sqlite.hpp>" "service must not include sqlite")
expect(src/sundown/storage/redis/cache.cpp "#include <sundown/sqlite.hpp>" "redis must not include sqlite")
expect(src/sundown/storage/blocking/pool.cpp "#include <sundown/http/server.hpp>" "blocking must not include http")
expect(src/sundown/stop/shutdown.cpp "#include \"app/run.cpp\"" "stop must not include app")
expect(include/sundown/log.hpp "#include <sundown/config.hpp>" "log must not include config")
expect(include/sundown/error.hpp "#include <sundown/log.hpp>" "error must not include log")
expect(src/sundown/plugins/plugin.cpp "#include <vector>" "plugins is not a layer: add it to test/layers/check_layers.cmake")
expect(src/sundown/config/load.cpp "#include <sundown/stop/budget.hpp>\n#include <sundown/http/server.hpp>"
  "config must not include stop" "config must not include http")

# The service has the public headers alone.
expect(src/app/main.cpp "#include \"service/serve.hpp\""
  "the service must include no header but the public ones: service/serve.hpp")
expect(src/app/main.cpp "#include \"../sundown/storage/redis/link.hpp\""
  "the service must include no header but the public ones: redis/link.hpp")
expect(src/app/main.cpp "#include <sundown/detail/call_gate.hpp>" "app must not include detail")

# The library knows nothing of the service that it comes with.
expect(src/sundown/log/line.cpp "// one line per note" "the library knows of no notes")
expect(include/sundown/error.hpp "struct note\;" "the library knows of no notes")
expect(include/sundown/error.hpp "/// Notes are kept." "the library knows of no notes")
expect(include/sundown/error.hpp "/// Noted: a denoted thing, note_trigger()")
